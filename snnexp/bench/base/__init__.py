"""What the benchmarks share: cases, timing in alternating processes, and the rows they leave."""

from snnexp.bench.base.cases import Case, Decode, Inference, LifCase, Recipe, StepCase
from snnexp.bench.base.contest import Contender, Contest
from snnexp.bench.base.rows import BenchRow, compete
from snnexp.bench.base.timing import Measured

__all__ = [
    "BenchRow",
    "Case",
    "Contender",
    "Contest",
    "Decode",
    "Inference",
    "LifCase",
    "Measured",
    "Recipe",
    "StepCase",
    "compete",
]
