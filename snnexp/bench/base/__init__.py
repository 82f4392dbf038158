"""What the benchmarks share: cases, timing in alternating processes, and the rows they leave."""

from snnexp.bench.base.cases import Case, Decode, Inference, Lif, Recipe, Step
from snnexp.bench.base.contest import Contender, Contest
from snnexp.bench.base.rows import Row, rows, write
from snnexp.bench.base.timing import Measured

__all__ = [
    "Case",
    "Contender",
    "Contest",
    "Decode",
    "Inference",
    "Lif",
    "Measured",
    "Recipe",
    "Row",
    "Step",
    "rows",
    "write",
]
