"""`snnexp export`: a finished run as a folder for a model hub, as NIR or as ONNX."""

from importlib import import_module
from pathlib import Path
from types import ModuleType

import torch

from snnexp.config.arguments import Parser
from snnexp.config.compose import compose_stored
from snnexp.config.overrides import overridden, value_of
from snnexp.errors import UserError
from snnexp.exports.base import Trained
from snnexp.files import atomic
from snnexp.runs import checkpoint, finished
from snnexp.runs.status import find
from snnexp.training.assembly import make_network, make_regularizers, part

FORMATS = ("hub", "nir", "onnx")  # a module of `snnexp.exports` each


def main(arguments: list[str]) -> int:
    """Write a run in one of the formats, and print the files' paths.

    Raises:
        UserError: a run that has not finished, a network that the format cannot state, or no place to write to.
    """
    parser = Parser()
    parser.add_argument("words", nargs="*")
    parser.add_argument("--format", choices=FORMATS, default="hub")
    parser.add_argument("--out", type=Path)
    parser.add_argument("--allow-module", action="append", default=[])
    given = parser.parse_intermixed_args(arguments)
    if not 1 <= len(given.words) <= 2 or any(overridden(word) != "runs_dir" for word in given.words[1:]):
        raise UserError("export: name a run, as in `snnexp export runs/quickstart/0123456789-s1`")
    run, *overrides = given.words
    trained = load(find(run, value_of(overrides, "runs_dir", "runs")), tuple(given.allow_module))
    folder = given.out or trained.folder / given.format
    try:
        if given.out:
            folder.mkdir(parents=True, exist_ok=True)
        else:
            atomic.subfolder(trained.folder, given.format)
        paths = module(given.format).write(trained, folder)
    except OSError as error:
        raise UserError(f"--out {folder}: cannot be written ({error})") from error
    print(*paths, sep="\n")
    return 0


def load(folder: Path, allow_modules: tuple[str, ...] = ()) -> Trained:
    """A finished run's network with its trained weights, on the CPU and in evaluation; its data need not be there.

    Raises:
        UserError: no finished run there, or files that are not its own.
    """
    run = finished.read(folder)
    composed = compose_stored(run.config, ["device=cpu"], allow_modules)
    dataset = part(composed, "dataset")
    network = make_network(composed, dataset, make_regularizers(composed)).eval()
    checkpoint.load_weights(run.file(checkpoint.WEIGHTS), network)
    steps = [] if dataset.static else [run.config["T"]]
    return Trained(folder, run.config, run.result, network, torch.zeros(*steps, 1, dataset.in_channels, *dataset.size))


def module(format: str) -> ModuleType:
    """The module that writes a format.

    Raises:
        UserError: a package that it needs is not installed.
    """
    try:
        return import_module(f"snnexp.exports.{format}")
    except ModuleNotFoundError as error:
        if str(error.name).startswith("snnexp"):
            raise
        raise UserError(f"--format {format}: {error.name} is not installed; pip install 'snnexp[export]'") from None
