"""The weights that a training begins from, as `init_from` names them: a file, or a finished run."""

from pathlib import Path

from snnexp.errors import UserError
from snnexp.files.digests import digests
from snnexp.runs import finished
from snnexp.runs.status import find


def weights_file(init_from: str, runs_dir: str) -> Path:
    """Return the file itself, or a run's weights: those best on validation if any, else the last epoch's.

    Raises:
        UserError: neither a file nor a finished run, or a run whose files were changed.
    """
    from snnexp.runs.checkpoint import BEST, WEIGHTS  # late: imports torch, which tables do not need

    if (path := Path(init_from).expanduser()).is_file():
        return path
    try:
        run = finished.read(find(init_from, runs_dir))
        return run.file(BEST if BEST in run.result.get("files", {}) else WEIGHTS)
    except UserError as error:
        raise UserError(f"init_from={init_from}: {error}") from error


def digest(init_from: str, runs_dir: str) -> str:
    """Return the SHA-256 of that file, by which another run knows what it began from.

    Raises:
        UserError: as `weights_file`.
    """
    path = weights_file(init_from, runs_dir)
    return digests(path.parent, [path.name])[path.name]
