"""`snnexp plot`: pictures of a finished run, or of two side by side, below its folder."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from snnexp.config.arguments import Parser
from snnexp.errors import UserError
from snnexp.machine import logs
from snnexp.machine.packages import install
from snnexp.runs.status import find

HELP = """\
usage: snnexp plot RUN [RUN] [--layer NAME] [--sample I] [KEY=VALUE ...] [--allow-module M]

Draws a finished run into <run>/figures: learning curves, firing rate and quantization error of each layer, histograms
of membrane potential and input current with the threshold, and firing maps of single channels. With two runs of one
network both are drawn side by side, below the first. A run is its folder, or the beginning of the folder's name below
runs_dir.

With --sample a single picture shows what the run's network does with sample I of the test set, counted from 0: its
frames, the spikes of each layer, and membrane potentials with the threshold.

options:
  --layer NAME        the layer whose firing maps are drawn (the last one with maps of 6x6 or more),
                      or, with --sample, whose potentials (the last one that fires)
  --sample I          draw one sample
  --allow-module M    a module of your own whose parts the runs' configs may name (may be repeated)

examples:
  snnexp plot runs/quickstart/0123456789-s1
  snnexp plot runs/quickstart/0123456789-s1 --sample 3
  snnexp plot 0123456789-s1 9876543210-s1 runs_dir=/scratch/runs device=cpu
"""


def main(arguments: list[str]) -> int:
    """Draw a run, or two that are compared, and print the pictures' paths.

    Raises:
        UserError: a run that has not finished, runs of different layers, no such layer or sample, or no matplotlib.
    """
    parser = Parser()
    parser.add_argument("--layer")
    parser.add_argument("--sample", type=int)
    parser.own_parts()
    given, runs, overrides = parser.parse_words(arguments)
    if not 1 <= len(runs) <= 2:
        raise UserError("plot: name a run or two, as in `snnexp plot runs/quickstart/0123456789-s1`")
    if given.sample is not None and len(runs) > 1:
        raise UserError("--sample: draws one run; name that alone")
    from snnexp.config.overrides import value_of  # late: imports Hydra

    runs_dir = value_of(overrides, "runs_dir", "runs")
    folders = [find(run, runs_dir) for run in runs]
    logs.configure()
    for path in pictures(folders, given.layer, given.sample, overrides, tuple(given.allow_modules)):
        print(path)
    return 0


def pictures(
    folders: Sequence[Path], layer: str | None, sample: int | None, overrides: list[str], allow_modules: tuple[str, ...]
) -> Iterator[Path]:
    """Draw one sample, or all else, and yield each picture's path."""
    with needing_matplotlib("plot"):
        from snnexp.plots.runs import draw  # late: imports torch and matplotlib
        from snnexp.plots.samples import draw_sample
    from snnexp.training.trained import load

    if sample is None:
        yield from draw(folders, layer, overrides, allow_modules)
    else:
        yield draw_sample(load(folders[0], overrides, allow_modules), sample, layer)


@contextmanager
def needing_matplotlib(command: str) -> Iterator[None]:
    """Import what draws within the block; say what to install where it is missing.

    Raises:
        UserError: matplotlib is not installed.
    """
    try:
        yield
    except ModuleNotFoundError as error:
        if str(error.name).partition(".")[0] != "matplotlib":
            raise
        raise UserError(f"{command}: matplotlib is not installed; {install('plot')}") from None
