"""Parts that mix the samples of a training batch, and their classes with them."""
