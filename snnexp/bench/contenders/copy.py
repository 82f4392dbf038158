"""A plain copy into memory that was touched before: the measure of the others."""

import itertools

from snnexp.bench.base.cases import LifCase
from snnexp.bench.base.inputs import tensors
from snnexp.bench.base.timing import Run


def lif(case: LifCase, variant: str) -> Run:
    """Copy one tensor of the case's shape."""
    turns = itertools.cycle(tensors(case, 2))

    def run() -> None:
        source, target = next(turns)
        target.copy_(source)

    return run
