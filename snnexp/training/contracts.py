"""What the trainer asks of a loader, and of what stores its run."""

from collections.abc import Iterator
from typing import Any, Protocol, runtime_checkable

from torch import Tensor

Row = dict[str, Any]
State = dict[str, Any]


@runtime_checkable
class Batches(Protocol):
    """Batches of one data set, an epoch at a time, from any batch on."""

    @property
    def samples(self) -> int: ...

    @property
    def is_shared(self) -> bool: ...

    def __len__(self) -> int: ...

    def epoch(self, epoch: int, start: int = 0) -> Iterator[tuple[Tensor, Tensor]]: ...


@runtime_checkable
class Journal(Protocol):
    """Where epochs and states are stored, so that a run can resume after a stop, and whether it is to stop now."""

    def load(self) -> State | None: ...

    def log(self, row: Row) -> None: ...

    def save(self, state: State, step: int) -> None: ...

    def stopped_by(self) -> str | None: ...
