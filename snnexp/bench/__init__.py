"""Benchmarks: the LIF operator, whole training steps, loaders and scaling, each beside what else there is."""
