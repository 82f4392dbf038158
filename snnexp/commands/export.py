"""`snnexp export`: a finished run as a folder for a model hub, as NIR or as ONNX."""

from importlib import import_module
from pathlib import Path
from types import ModuleType

from snnexp.config.arguments import Parser
from snnexp.errors import UserError, reason
from snnexp.files import atomic
from snnexp.machine.packages import install
from snnexp.runs.status import find

HELP = """\
usage: snnexp export RUN [runs_dir=DIR] [--format FORMAT] [--out DIR] [--allow-module M]

Writes a finished run for use elsewhere, and prints the files' paths. docs/export.md shows how others read them. RUN is
its folder, or the beginning of the folder's name below runs_dir.

options:
  --format hub     weights, config, result and a card with what was measured, ready for a model hub; `snnexp eval` and
                   `snnexp export` accept the folder as a run (the default)
  --format nir     the graph of one time step, batch norm folded; for networks with hard reset and without gates
  --format onnx    the network over all T steps, in plain operators
  --out DIR        the folder to write to (RUN/FORMAT)
  --allow-module M    a module of your own whose parts the run's config may name (may be repeated)

examples:
  snnexp export runs/quickstart/0123456789-s1 --out digits-model
  snnexp export 0123456789-s1 --format nir
"""
FORMATS = ("hub", "nir", "onnx")  # a module of `snnexp.exports` each


def main(arguments: list[str]) -> int:
    """Write a run in one of the formats, and print the files' paths.

    Raises:
        UserError: a run that has not finished, a network that the format cannot state, or no place to write to.
    """
    parser = Parser()
    parser.add_argument("--format", choices=FORMATS, default="hub")
    parser.add_argument("--out", type=Path)
    parser.own_parts()
    given, runs, overrides = parser.parse_words(arguments)
    from snnexp.config.overrides import overridden, value_of  # late: imports Hydra

    if len(runs) != 1 or any(overridden(word) != "runs_dir" for word in overrides):
        raise UserError("export: name a run, as in `snnexp export runs/quickstart/0123456789-s1`")
    from snnexp.training.trained import load  # late: imports torch

    trained = load(find(runs[0], value_of(overrides, "runs_dir", "runs")), allow_modules=tuple(given.allow_modules))
    folder = given.out or trained.folder / given.format
    try:
        if given.out:
            folder.mkdir(parents=True, exist_ok=True)
        else:
            atomic.subfolder(trained.folder, given.format)
        paths = module(given.format).write(trained, folder)
    except OSError as error:
        raise UserError(f"--out {folder}: cannot be written ({reason(error)})") from error
    print(*paths, sep="\n")
    return 0


def module(format: str) -> ModuleType:
    """Import the module that writes a format.

    Raises:
        UserError: a package that it needs is not installed.
    """
    try:
        return import_module(f"snnexp.exports.{format}")
    except ModuleNotFoundError as error:
        if str(error.name).startswith("snnexp"):
            raise
        raise UserError(f"--format {format}: {error.name} is not installed; {install('export')}") from None
