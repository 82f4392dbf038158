"""Who takes part: each file offers some of `lif`, `step` and `inference`, of `(case, variant)`: one run to be timed."""
