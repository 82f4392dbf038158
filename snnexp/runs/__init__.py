"""A run's folder: its identity, state, history, checkpoints and result."""
