"""ASA's gate on a CPU in C++; `snnexp.regularizers.layers.SplitAttention.groups` is its reference."""
