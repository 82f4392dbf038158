"""The LIF operator: one contract, and the fastest form of it for the device of the input."""

from snnexp.ops.lif.base import LifOutput, Rectifier, Reset, check_reset
from snnexp.ops.lif.reference import lif

__all__ = ["LifOutput", "Rectifier", "Reset", "check_reset", "lif"]
