"""Parts that show a run's epochs in other programs."""
