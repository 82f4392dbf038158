"""Learning rates over a training, beside those of torch."""
