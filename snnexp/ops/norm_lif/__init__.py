"""Batch norm, residual and LIF as one operator: what `norm_spike` layers compute, in fewer passes over memory."""
