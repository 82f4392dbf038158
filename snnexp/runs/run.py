"""A run's folder: its lock, its status, and what is written there while it trains."""

import json
import logging
import shlex
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any

import yaml

from snnexp.config.compose import Composed
from snnexp.errors import RunError, UserError, one_line, reason
from snnexp.files import atomic
from snnexp.files.digests import digests
from snnexp.files.reading import Opened
from snnexp.loggers.base import Logger, Shown
from snnexp.machine import logs
from snnexp.runs import checkpoint, finished
from snnexp.runs.history import History, Row
from snnexp.runs.identity import IDENTITY, Identity, distinctions, recorded
from snnexp.runs.results import write_result
from snnexp.runs.showing import Showing
from snnexp.runs.status import acquire, is_finished, mark, now
from snnexp.runs.versions import environment

log = logging.getLogger(__name__)


class Run:
    """One training's folder `<runs_dir>/<exp>/<id>-s<seed>/`, held by one process at a time.

    `result` is the finished run's, or None while there is something left to do.
    """

    def __init__(
        self, folder: Path, lock: Opened | None, record: Row, loggers: Mapping[str, Logger] | None = None
    ) -> None:
        self.folder = folder
        self.lock = lock  # None: a finished run is only read, be its disk read-only
        self.record = record  # what result.json says beside what was measured
        self.result = finished.read(folder).result | {"folder": str(folder)} if is_finished(folder) else None
        self.history = History(folder)
        self.began = time.perf_counter()
        self.before: float | None = None  # seconds of earlier sessions, known once the state is read
        self.showing = Showing(loggers or {}, Shown(folder, record["exp"], record["config"]))

    @property
    def seconds(self) -> float:
        """Return the time that the run took in all its sessions; of a killed one, up to the state that it saved."""
        return (self.before or 0.0) + time.perf_counter() - self.began

    @classmethod
    def open(cls, composed: Composed, identity: Identity, loggers: Mapping[str, Logger] | None = None) -> "Run":
        """Make or take up the run of a config and its data; a finished one is only read.

        Raises:
            UserError: another process holds it, its files were changed, or there is no place for it.
        """
        folder, config, overrides = identity.folder, composed.config, composed.overrides
        record = {"exp": composed.exp, "id": identity.id, "seed": config["seed"], "overrides": overrides}
        record |= {"config": config, "identity": identity.record}
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise UserError(f"runs_dir={config['runs_dir']}: cannot be written ({reason(error)})") from error
        lock = None if is_finished(folder) else acquire(folder)
        try:
            run = cls(folder, lock, record, loggers)
            if run.result is None:
                tell_others(identity)
                run.describe()
                mark(folder, "running")
        except BaseException:
            if lock is not None:
                lock.close()
            raise
        return run

    def __enter__(self) -> "Run":
        logs.run_id.set(self.folder.name)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        if kind is not None and self.result is None:
            cause = one_line(error) if isinstance(error, Exception) else ""
            with suppress(RunError):  # on a full disk the first error is the one to report
                mark(self.folder, "failed" if cause else "preempted", cause)
        self.showing.end(kind, self.result or {})
        if self.lock is not None:
            self.lock.close()
        logs.run_id.set("")

    def describe(self) -> None:
        """Write what the run is: `config.yaml`, and beside it all else that decides its numbers."""
        write_config(self.folder, self.record["config"], self.record["overrides"])
        atomic.write(self.folder / IDENTITY, (json.dumps(self.record["identity"], indent=2) + "\n").encode())

    def load(self) -> Row | None:
        """Return the last state, or None at the start; rows of epochs behind it are dropped, and those left are shown.

        Raises:
            UserError: as `checkpoint.load_latest`, or the state or the rows before it are another run's; or a logger
                cannot begin.
        """
        state = checkpoint.load_latest(self.folder)
        if self.before is None:  # not where an epoch is rolled back: this session's time has passed all the same
            self.before = state["elapsed"] if state else 0.0
        if state is not None and state["run"] != self.folder.name:
            reason = f"its last checkpoint is of run {state['run']}"
            raise UserError(f"{self.folder}: {reason}; remove it, or put the run's own back")
        self.history.rewind(-1 if state is None else state["epoch"] - 1, None if state is None else state["rows"])
        self.showing.begin(self.history.rows)
        return state

    def adopt(self, other: finished.Finished, state: Row, step: int) -> None:
        """Begin with the rows and the time of another run, and a state of it."""
        self.history.rows, self.before = other.rows, other.result["seconds"]
        self.history.write()
        self.save(state, step)

    def save(self, state: Row, step: int) -> None:
        """Keep the state after a step, counted over all epochs, with what it belongs to: the run, and the rows.

        The rows are then shown: no later state goes back behind them.
        """
        own = {"run": self.folder.name, "rows": self.history.digest, "elapsed": self.seconds}
        checkpoint.save(self.folder, state | own, step)
        self.showing.show(self.history.rows)

    def log(self, row: Row) -> None:
        """Keep an epoch's row."""
        self.history.append(row)

    def finish(self, measured: Row) -> Row:
        """Write `result.json`, mark the run as done, and return the result with the run's folder.

        What is known of them is written once more, so that the checksums are of the run's own files.
        """
        self.describe()
        self.history.write()
        made_with = environment(self.record["config"]["device"]) | {"time": now()}
        write_result(self.folder, measured | self.record | made_with | seal(self.folder))
        mark(self.folder, "done")
        self.result = finished.read(self.folder).result | {"folder": str(self.folder)}
        return self.result


def seal(folder: Path) -> dict[str, dict[str, str]]:
    """Return `files` for result.json: the checksums of config, rows, weights and states, where these are there."""
    weights, states = (checkpoint.WEIGHTS, checkpoint.BEST), (path.name for path in checkpoint.checkpoints(folder))
    return {"files": digests(folder, ["config.yaml", IDENTITY, "metrics.jsonl", *weights, *states])}


def tell_others(identity: Identity) -> None:
    """Report, where a run is begun, which others of its config and seed are there, and what they differ in."""
    if (identity.folder / IDENTITY).exists():
        return
    for path in identity.folder.parent.glob(f"*-s{identity.seed}/{IDENTITY}"):
        other = recorded(path.parent)
        if other and other["config"] == identity.record["config"]:
            reason = ", ".join(distinctions(identity.record, other))
            log.info("another run than %s, which has %s", path.parent, reason)


def write_config(folder: Path, config: Mapping[str, Any], overrides: list[str]) -> None:
    """Write `config.yaml`, the command as its first line."""
    command = " ".join(shlex.join(["snnexp", "train", *overrides]).splitlines())
    text = yaml.safe_dump(dict(config), sort_keys=False, default_flow_style=None, width=120)
    atomic.write(folder / "config.yaml", f"# {command}\n{text}".encode())
