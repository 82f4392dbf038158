"""Experiment runner for spiking neural networks: RMP-Loss, soft reset with MPR, and ASA."""

import os

__version__ = "0.1.0"

# libgomp reads it when torch is loaded, which every module of ours does later than this. By default a thread that waits
# for another spins for milliseconds at each barrier; trainings that share cores then take each other's time and get
# slower ten- to twentyfold. A thousand turns are some microseconds, longer than a training alone ever waits.
if "OMP_WAIT_POLICY" not in os.environ:
    os.environ.setdefault("GOMP_SPINCOUNT", "1000")
