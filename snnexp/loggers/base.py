"""What shows a run in another program, and what it is given of the run."""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Literal

from snnexp.errors import UserError
from snnexp.files import atomic, reading
from snnexp.machine.packages import install

Row = Mapping[str, Any]
LONGEST = 200  # bytes of a file that holds a name


@dataclass(frozen=True)
class Shown:
    """The run that is shown: its folder, the experiment it is one of, and its config."""

    folder: Path
    exp: str
    config: Mapping[str, Any]

    def recall(self, program: str) -> str | None:
        """Return the name that the run has in a program; None before it has one there.

        Raises:
            UserError: something else than a short text is there.
        """
        try:
            return reading.read(self.folder, f"{program}.id", LONGEST).decode(errors="replace").strip()
        except FileNotFoundError:
            return None

    def remember(self, program: str, name: str) -> None:
        """Store that name in the run's folder: a stopped run resumes under it, a run trained again has another."""
        atomic.write(self.folder / f"{program}.id", f"{name}\n".encode())


class Logger(ABC):
    """Shows the epochs of a run; `metrics.jsonl` holds them, whatever becomes of a logger.

    An epoch is given when a checkpoint holds it, so that none is taken back. What a logger raises in `begin` refuses
    the run before it trains; later it is reported once, and the run continues without.
    """

    @abstractmethod
    def begin(self, run: Shown, rows: Sequence[Row]) -> None:
        """Take up the run where it was shown before, or make it there; of its rows log those that are missing."""

    @abstractmethod
    def log(self, row: Row) -> None:
        """Show one more epoch."""

    @abstractmethod
    def end(self, status: Literal["done", "failed", "preempted"], figures: Mapping[str, float]) -> None:
        """Show how the run has ended, and the figures of a finished one's result."""


def need(package: str, extra: str) -> None:
    """Refuse where a package is not installed that an extra brings.

    Raises:
        UserError: with the command that installs it.
    """
    if find_spec(package) is None:
        raise UserError(f"logger=[{extra}]: {package} is not installed; {install(extra)}")


def scalars(row: Row, prefix: str = "") -> Iterator[tuple[str, float]]:
    """Yield the numbers of a row by name, those of nested groups as `group/name`."""
    for name, value in row.items():
        if isinstance(value, Mapping):
            yield from scalars(value, f"{prefix}{name}/")
        elif isinstance(value, int | float) and name != "epoch":
            yield f"{prefix}{name}", float(value)
