"""Spiking layers: thin modules over the operators."""
