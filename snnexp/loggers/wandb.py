"""Weights & Biases, by its own package."""

import logging
import os
import secrets
from collections.abc import Mapping, Sequence
from typing import Literal

from snnexp.files import atomic
from snnexp.loggers.base import Logger, Row, Shown, need, scalars

log = logging.getLogger(__name__)


class Wandb(Logger):
    """Shows a run in one run of W&B, however often it is stopped, with its config; an epoch is a step.

    A finished run's figures stand in W&B's summary as `result/...`. W&B's own files lie below `wandb/` in the run's
    folder; those of `mode: offline` go to the server by `wandb sync`. Each time that a run resumes offline, the new
    file holds all epochs again.

    Raises:
        UserError: the package is not installed.
    """

    def __init__(self, *, project: str, entity: str | None, mode: Literal["online", "offline"] | None) -> None:
        need("wandb", "wandb")
        self.project, self.entity = project, entity
        self.mode: Literal["online", "offline"] | None = mode

    def begin(self, run: Shown, rows: Sequence[Row]) -> None:
        import wandb  # late: a second, and only some runs need it

        # A training has W&B's process to itself: where that is another's, it takes a killed run to be still in use.
        os.environ.pop("WANDB_SERVICE", None)
        atomic.subfolder(run.folder, "wandb")
        name = run.recall("wandb")
        if name is None:
            run.remember("wandb", name := secrets.token_hex(4))
        settings = wandb.Settings(console="off", silent=True)
        settings.update_from_env_vars(dict(os.environ))  # W&B itself reads them once a process
        self.run = wandb.init(
            project=self.project,
            entity=self.entity,
            mode=self.mode,
            dir=run.folder.absolute(),  # W&B writes from another process, which may stand in another folder
            id=name,
            name=run.folder.name,
            group=run.exp,
            config=dict(run.config),
            allow_val_change=True,  # of where a run lies, and of its device
            resume="allow",
            reinit="create_new",  # a notebook's own run stays as it is
            settings=settings,
        )
        log.info("W&B: %s", self.run.dir if self.run.offline else self.run.url)
        for row in rows[self.run.step :]:
            self.log(row)

    def log(self, row: Row) -> None:
        self.run.log(dict(scalars(row)), step=row["epoch"], commit=True)

    def end(self, status: Literal["done", "failed", "preempted"], figures: Mapping[str, float]) -> None:
        self.run.summary.update({f"result/{name}": value for name, value in figures.items()})
        self.run.finish(exit_code=0 if status == "done" else 1)
