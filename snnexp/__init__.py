"""Experiment runner for spiking neural networks: RMP-Loss, soft reset with MPR, and ASA."""

__version__ = "0.1.0"
