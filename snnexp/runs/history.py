"""A run's epochs: one line each in `metrics.jsonl`, and the same as TensorBoard's scalars."""

import hashlib
import json
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from snnexp.errors import UserError
from snnexp.files import atomic, reading
from snnexp.metrics import figures

Row = dict[str, Any]


class History:
    """`metrics.jsonl` is the source of truth; the mirror in `tensorboard/` is made again from it when a run resumes."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "metrics.jsonl"
        self.mirror = folder / "tensorboard"
        self.rows = read(self.path)
        self.writer: Any = None

    @property
    def text(self) -> str:
        """The rows as they are written."""
        return "".join(map(line, self.rows))

    @property
    def digest(self) -> str:
        """SHA-256 of the rows, by which a checkpoint knows them again."""
        return hashlib.sha256(self.text.encode()).hexdigest()

    def rewind(self, epoch: int, digest: str | None = None) -> None:
        """Keep the rows up to and including `epoch`, counted from 0, whose `digest` a checkpoint holds; -1 keeps none.

        Raises:
            UserError: rows are missing that a checkpoint says were written, or they are others.
        """
        self.rows = [row for row in self.rows if row["epoch"] <= epoch]
        if [row["epoch"] for row in self.rows] != list(range(epoch + 1)):
            raise UserError(f"{self.path}: epochs up to {epoch} were trained, and not all are there; remove the folder")
        if digest not in (None, self.digest):
            reason = "put them back, or remove the folder to train again"
            raise UserError(f"{self.path}: not the rows that the checkpoint knows, changed or another run's; {reason}")
        self.write()

    def write(self) -> None:
        """Write the rows, and nothing else."""
        atomic.write(self.path, self.text.encode())

    def append(self, row: Row) -> None:
        """Write an epoch's row, durably, and mirror it."""
        assert row["epoch"] == len(self.rows), "epochs are logged in order"
        self.rows.append(row)
        data = line(row)
        try:
            with reading.opened(self.path.parent, self.path.name, os.O_WRONLY | os.O_APPEND | os.O_CREAT) as file:
                file.write(data.encode())
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            raise atomic.unwritten(self.path, len(data), error) from error
        self.show(row)

    def show(self, row: Row) -> None:
        """Mirror a row; the first one brings those before it."""
        rows = [row]
        if self.writer is None:
            from torch.utils.tensorboard import SummaryWriter  # late: a second that a refused config need not wait

            if self.mirror.is_symlink() or self.mirror.is_file():
                self.mirror.unlink()
            shutil.rmtree(self.mirror, ignore_errors=True)
            self.writer, rows = SummaryWriter(str(self.mirror)), self.rows
        for each in rows:
            for name, value in scalars(each):
                self.writer.add_scalar(name, value, each["epoch"])
        self.writer.flush()

    def close(self) -> None:
        """Finish the mirror; what a full disk keeps from it is made again when the run resumes."""
        if self.writer is not None:
            with suppress(OSError):
                self.writer.close()


def line(row: Row) -> str:
    """A row as it is written."""
    return json.dumps(row) + "\n"


def read(path: Path) -> list[Row]:
    """The rows of a file; none where there is no file. A last line that was cut off is left out.

    Raises:
        UserError: a line, before the last, that is not the row of the epoch after the line above.
    """
    try:
        text = reading.read(path.parent, path.name).decode(errors="replace")
    except FileNotFoundError:
        return []
    rows = []
    for number, each in enumerate(text.split("\n")[:-1], 1):  # what follows the last line break was cut off
        try:
            rows.append(reading.parse(each))
            right = is_row(rows[-1], number - 1)
        except (ValueError, KeyError, TypeError, AttributeError):
            right = False
        if not right:
            reason = f"not a row of metrics, or not of epoch {number - 1}; remove the folder to train again"
            raise UserError(f"{path}, line {number}: {reason}")
    return rows


def is_row(row: Row, epoch: int) -> bool:
    """Whether a row is the one of an epoch, and what is drawn of it are numbers."""
    if row["epoch"] != epoch:
        return False
    drawn = [row[key] for figure in figures.curves() for key in figure.lines.values() if key in row]
    return all(isinstance(each, float) or abs(each) < 2**53 for each in drawn)


def scalars(row: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, float]]:
    """The numbers of a row by name, those of nested groups as `group/name`."""
    for name, value in row.items():
        if isinstance(value, Mapping):
            yield from scalars(value, f"{prefix}{name}/")
        elif isinstance(value, int | float) and name != "epoch":
            yield f"{prefix}{name}", float(value)
