"""A run's folder: its lock, its status, and what is written there while it trains."""

import shlex
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any, TextIO

import yaml

from snnexp import atomic, logs
from snnexp.errors import RunError, UserError, one_line
from snnexp.history import History, Row
from snnexp.identity import identity, run_folder
from snnexp.results import environment, read_result, write_result
from snnexp.status import acquire, is_finished, mark, now


class Run:
    """One training's folder `<runs_dir>/<exp>/<id>-s<seed>/`, held by one process at a time.

    `result` is the finished run's, or None while there is something left to do.
    """

    def __init__(self, folder: Path, lock: TextIO, record: Row) -> None:
        self.folder = folder
        self.lock = lock
        self.record = record  # what result.json says beside what was measured
        self.result = read_result(folder) | {"folder": str(folder)} if is_finished(folder) else None
        self.history = History(folder)

    @classmethod
    def open(cls, config: Mapping[str, Any], exp: str, overrides: list[str]) -> "Run":
        """Make or take up the run of a config; a finished one is only read.

        Raises:
            UserError: another process holds it, its files were changed, or there is no place for it.
        """
        folder = run_folder(config, exp)
        record = {"exp": exp, "id": identity(config), "seed": config["seed"], "overrides": overrides, "config": config}
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise UserError(f"runs_dir={config['runs_dir']}: cannot be written ({error})") from error
        lock = acquire(folder)
        try:
            run = cls(folder, lock, record)
            if run.result is None:
                write_config(folder, config, overrides)
                mark(folder, "running")
        except BaseException:
            lock.close()
            raise
        return run

    def __enter__(self) -> "Run":
        logs.run_id.set(self.folder.name)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        if kind is not None and self.result is None:
            cause = one_line(error) if isinstance(error, Exception) else ""
            with suppress(RunError):  # on a full disk the first error is the one to tell
                mark(self.folder, "failed" if cause else "preempted", cause)
        self.history.close()
        self.lock.close()
        logs.run_id.set("")

    def resume(self, epoch: int) -> None:
        """Go on after `epoch`, the last one that a checkpoint holds, or from the start (-1): later rows are dropped."""
        self.history.rewind(epoch)

    def log(self, row: Row) -> None:
        """Keep an epoch's row."""
        self.history.append(row)

    def finish(self, measured: Row) -> Row:
        """Write `result.json`, mark the run as done, and return the result with the run's folder."""
        device = self.record["config"]["device"]
        write_result(self.folder, measured | self.record | environment(device) | {"time": now()})
        mark(self.folder, "done")
        self.result = read_result(self.folder) | {"folder": str(self.folder)}
        return self.result


def write_config(folder: Path, config: Mapping[str, Any], overrides: list[str]) -> None:
    """Write `config.yaml`, the command as its first line."""
    command = " ".join(shlex.join(["snnexp", "train", *overrides]).splitlines())
    text = yaml.safe_dump(dict(config), sort_keys=False, default_flow_style=None, width=120)
    atomic.write(folder / "config.yaml", f"# {command}\n{text}".encode())
