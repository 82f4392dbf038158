"""Which runs a sweep makes, one file each: what can be chosen as `hydra/sweeper`."""
