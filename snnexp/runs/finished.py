"""Finished runs: each is read with all of its files verified, and counted once."""

import logging
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from snnexp.config.hints import leaves, show
from snnexp.errors import UserError
from snnexp.files.digests import digests
from snnexp.runs import history
from snnexp.runs.results import Result, read_config, read_result

log = logging.getLogger(__name__)
NAME = re.compile(r"[0-9a-f]{10}-s\d+")  # of a run's folder


class Copied(UserError):
    """A finished run that does not count: it lies below another name than its own, or a second time."""


@dataclass(frozen=True)
class Finished:
    """A finished run, whose files are the ones that it left; `read` makes it."""

    folder: Path
    result: Result

    @property
    def name(self) -> str:
        """`<id>-s<seed>`, what its folder was called when it was trained."""
        return f"{self.result['id']}-s{self.result['seed']}"

    @property
    def config(self) -> dict[str, Any]:
        """What it was trained with."""
        return self.result["config"]

    @property
    def rows(self) -> list[history.Row]:
        """Its epochs.

        Raises:
            UserError: as `file`.
        """
        return history.read(self.file("metrics.jsonl"))

    def file(self, name: str) -> Path:
        """Return a file that the run left.

        Raises:
            UserError: it is not there, or nothing shows whether it is the run's.
        """
        path = self.folder / name
        if not path.exists():
            raise UserError(f"{path}: not there; copy it from where the run was trained, or train the run again")
        if name not in self.result.get("files", {}):
            old = "result.json holds no checksum of it, as in runs of before 2026-11-29"
            raise UserError(f"{path}: cannot be verified ({old}); train the run again")
        return path


class Count:
    """Reads finished runs, and counts each of them once."""

    def __init__(self) -> None:
        self.folders: dict[tuple[str, str], Path] = {}

    def read(self, folder: Path) -> Finished:
        """Return the finished run in a folder.

        Raises:
            UserError: as `read`.
            Copied: the folder is not called as the run was, or the run was read from another folder before.
        """
        run = read(folder)
        if folder.name != run.name:
            raise Copied(f"{folder}: a copy of run {run.name}; not counted")
        first = self.folders.setdefault((run.result["exp"], run.name), folder)
        if first != folder:
            raise Copied(f"{folder}: the same run as {first}; not counted")
        return run


def counted(folders: Iterable[Path]) -> Iterator[Finished]:
    """Yield the finished runs in these folders, each once; copies are named in the log and left out.

    Raises:
        UserError: as `read`.
    """
    count = Count()
    for folder in folders:
        try:
            yield count.read(folder)
        except Copied as error:
            log.warning("%s", error)


def read(folder: Path) -> Finished:
    """Return the finished run in a folder; files that are not there are no fault until they are requested.

    Raises:
        UserError: the run has not finished, or a file was changed since, or is another run's.
        Copied: the folder is called as another run is.
    """
    run = Finished(folder, read_result(folder))
    kinds = {"id": str, "seed": int, "exp": str, "config": dict, "files": dict}
    if any(not isinstance(({"files": {}} | run.result).get(name), kind) for name, kind in kinds.items()):
        raise UserError(f"{folder / 'result.json'}: not a run's result")
    recorded = run.result.get("files", {})
    for name, found in digests(folder, recorded).items():
        if found != recorded[name]:
            reason = f"not as run {run.name} left it, changed or another run's"
            remedy = "put it back, or remove result.json, and the same `snnexp train` resumes from the last checkpoint"
            raise UserError(f"{folder / name}: {reason}{changes(run) if name == 'config.yaml' else ''}; {remedy}")
    if NAME.fullmatch(folder.name) and folder.name != run.name:
        raise Copied(f"{folder}: holds run {run.name}, which it is not called; a copy is no other seed, remove it")
    return run


def changes(run: Finished) -> str:
    """Return what `config.yaml` says now that the run was not trained with, in brackets; "" where that is not known."""
    try:
        now, then = dict(leaves(read_config(run.folder))), dict(leaves(run.config))
    except UserError:
        return ""
    reason = [f"{name}={show(now.get(name))}" for name in {**then, **now} if now.get(name) != then.get(name)]
    return f" ({', '.join(reason[:3])})" if reason else ""
