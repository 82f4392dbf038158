"""Composes a config where it is imported: what Hydra keeps of it serves each training that is forked from there."""

from snnexp.config.compose import compose
from snnexp.machine.devices import Machine

compose(["device=cpu", "threads=1"], machine=Machine("cpu", 1))
