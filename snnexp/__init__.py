"""Experiment runner for spiking neural networks: RMP-Loss, soft reset with MPR, and ASA."""

import os
from importlib import import_module
from typing import Any

__version__ = "0.1.0"
PYTHON = ("compose", "lif", "load", "train")  # of `snnexp.notebook`

# libgomp reads it when torch is loaded, which every module of ours does later than this. By default a thread that waits
# for another spins for milliseconds at each barrier; trainings that share cores then take each other's time and get
# slower ten- to twentyfold. A thousand turns are some microseconds, longer than a training alone ever waits.
if "OMP_WAIT_POLICY" not in os.environ:
    os.environ.setdefault("GOMP_SPINCOUNT", "1000")


def __getattr__(name: str) -> Any:
    """Import what Python offers when it is first used: `snnexp --help` needs no torch. `__init__.pyi` has the types."""
    if name not in PYTHON:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module("snnexp.notebook"), name)


def __dir__() -> list[str]:
    return [*globals(), *PYTHON]
