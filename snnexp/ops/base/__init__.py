"""Pieces of kernels that the fused forms of the operators share."""
