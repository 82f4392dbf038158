"""TensorBoard's event files in the run's folder."""

import shutil
from collections.abc import Mapping, Sequence
from typing import Literal

from snnexp.loggers.base import Logger, Row, Shown, scalars


class Tensorboard(Logger):
    """Writes each number of an epoch as a scalar below `tensorboard/`, which is made again when a run resumes."""

    def begin(self, run: Shown, rows: Sequence[Row]) -> None:
        from torch.utils.tensorboard import SummaryWriter  # late: a second that a refused config need not wait

        folder = run.folder / "tensorboard"
        if folder.is_symlink() or folder.is_file():
            folder.unlink()
        shutil.rmtree(folder, ignore_errors=True)
        self.writer = SummaryWriter(str(folder))
        for row in rows:
            self.log(row)

    def log(self, row: Row) -> None:
        for name, value in scalars(row):
            self.writer.add_scalar(name, value, row["epoch"])
        self.writer.flush()

    def end(self, status: Literal["done", "failed", "preempted"], figures: Mapping[str, float]) -> None:
        self.writer.close()
