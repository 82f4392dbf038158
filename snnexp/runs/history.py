"""A run's epochs: one line each in `metrics.jsonl`."""

import hashlib
import json
import os
from pathlib import Path
from typing import Any

from snnexp.errors import UserError
from snnexp.files import atomic, reading
from snnexp.metrics import figures

Row = dict[str, Any]


class History:
    """The rows of `metrics.jsonl`, which is the source of truth: what loggers show is made again from it."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "metrics.jsonl"
        self.rows = read(self.path)

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
            raise UserError(f"{self.path}: epochs up to {epoch} were trained, and some are missing; remove the folder")
        if digest not in (None, self.digest):
            reason = "put them back, or remove the folder to train again"
            raise UserError(f"{self.path}: not the rows that the checkpoint knows, changed or another run's; {reason}")
        self.write()

    def write(self) -> None:
        """Write the rows, and nothing else."""
        atomic.write(self.path, self.text.encode())

    def append(self, row: Row) -> None:
        """Write an epoch's row, durably."""
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


def line(row: Row) -> str:
    """Return a row as it is written."""
    return json.dumps(row) + "\n"


def read(path: Path) -> list[Row]:
    """Return the rows of a file; none where there is no file. A last line that was cut off is left out.

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
    """Return whether a row is the one of an epoch, and what is drawn of it are numbers."""
    if row["epoch"] != epoch:
        return False
    drawn = [row[key] for figure in figures.curves() for key in figure.lines.values() if key in row]
    return all(isinstance(each, float) or abs(each) < 2**53 for each in drawn)
