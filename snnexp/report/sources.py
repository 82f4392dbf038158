"""What a report is of: a run, the runs below a folder, or those of a sweep."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

from snnexp.errors import UserError
from snnexp.files import reading
from snnexp.report.base.measured import KEPT
from snnexp.report.base.runs import ShownRun, read
from snnexp.runs.finished import Count
from snnexp.runs.status import find, read_status

FILES = ("config.yaml", "metrics.jsonl", "result.json", KEPT)  # what a page shows of a run, beside its status


@dataclass(frozen=True)
class Source:
    """Where runs lie: a run's folder, a folder of such, or the record that `snnexp sweep` writes."""

    path: Path

    @property
    def is_run(self) -> bool:
        """Whether it is a single run."""
        return (self.path / "config.yaml").exists()

    @property
    def title(self) -> str:
        """A run's experiment and seed, or the experiments of several where these are few."""
        folders = [folder.resolve() for folder in self.folders()]
        if self.is_run:
            return f"{folders[0].parent.name}, seed {folders[0].name.rpartition('-s')[2]}"
        names = list(dict.fromkeys(folder.parent.name for folder in folders))
        return ", ".join(names) if len(names) < 4 else f"{len(names)} experiments"

    @property
    def page(self) -> Path:
        """Where its report is written by default."""
        return self.path.with_suffix(".html") if self.path.is_file() else self.path / "report.html"

    def folders(self) -> list[Path]:
        """Return the folders of its runs, by name, those of a sweep in its order and though they may not be there yet.

        Raises:
            UserError: a sweep's record that was changed.
        """
        if self.is_run:
            return [self.path]
        if self.path.is_file():
            return recorded(self.path)
        return sorted(path.parent for each in ("*-s*", "*/*-s*") for path in self.path.glob(f"{each}/config.yaml"))

    def runs(self) -> list[ShownRun]:
        """Return the runs that were begun, as they are now."""
        count = Count()
        return [read(folder, count) for folder in self.folders() if (folder / "config.yaml").exists()]

    def version(self) -> str:
        """Return a text that changes when anything changes that a page shows."""
        seen = hashlib.sha256()
        for folder in self.folders():
            stats = [path.stat() for name in FILES if (path := folder / name).exists()]
            seen.update(repr((folder, read_status(folder), [(s.st_mtime_ns, s.st_size) for s in stats])).encode())
        return seen.hexdigest()[:16]


def recorded(record: Path) -> list[Path]:
    """Return the folders of a sweep's record `<runs_dir>/sweeps/<id>.json`, wherever runs_dir was moved to."""
    try:
        content = reading.parse(reading.read(record.parent, record.name))
        names = [Path(folder).parts[-2:] for folder in content["folders"]]
    except (ValueError, KeyError, TypeError):
        raise UserError(f"{record}: not a sweep's record; `snnexp sweep` with the same words writes it again") from None
    return [record.resolve().parent.parent.joinpath(*name) for name in names]


def locate(word: str, runs_dir: str = "runs") -> Source:
    """Return the source of a path, or of the beginning of a run's or a sweep's name.

    Raises:
        UserError: none such, several, or a folder without runs.
    """
    path, sweeps = Path(word), sorted(Path(runs_dir, "sweeps").glob("*.json"))
    named = [sweep for sweep in sweeps if sweep.name.startswith(word)]
    if not path.exists():
        return Source(named[0] if len(named) == 1 else find(word, runs_dir))
    source = Source(path)
    if not source.folders():
        raise UserError(f"{word}: no runs there; name a run, a folder of runs or a sweep's record in <runs_dir>/sweeps")
    return source
