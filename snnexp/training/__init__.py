"""Training one network: the loop, one step, and what is built and recorded around them."""
