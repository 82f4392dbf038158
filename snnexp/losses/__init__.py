"""Losses of the network's output."""
