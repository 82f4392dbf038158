"""Who takes part: each file offers `lif(case, variant)` or `step(case, variant)`, which return one run to be timed."""
