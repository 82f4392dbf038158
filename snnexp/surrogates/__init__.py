"""Surrogate gradients: what stands in for the derivative of the spike in the backward pass."""
