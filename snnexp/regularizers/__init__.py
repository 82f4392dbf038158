"""Methods that take part in training: a gate on the current, a map inside the surrogate, or a penalty."""
