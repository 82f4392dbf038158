"""Norms: what stands between a convolution and its neurons."""
