"""What the metrics of an epoch are made of."""
