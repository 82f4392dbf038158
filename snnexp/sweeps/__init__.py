"""Many trainings: which there are, and what starts them."""
