"""`snnexp plot`: pictures of a finished run, or of two side by side, below its folder."""

from snnexp.config.arguments import Parser
from snnexp.errors import UserError
from snnexp.machine import logs
from snnexp.machine.packages import install
from snnexp.runs.status import find

HELP = """\
usage: snnexp plot RUN [RUN] [--layer NAME] [KEY=VALUE ...] [--allow-module M]

Draws a finished run into <run>/figures: learning curves, firing rate and quantization error of each layer, histograms
of membrane potential and input current with the threshold, and firing maps of single channels. With two runs of one
network both are drawn side by side, below the first. A run is its folder, or the beginning of the folder's name below
runs_dir.

options:
  --layer NAME        the layer whose firing maps are drawn (the last one with maps of 6x6 or more)
  --allow-module M    a module of your own that the runs' configs may name parts of (may be repeated)

examples:
  snnexp plot runs/quickstart/0123456789-s1
  snnexp plot 0123456789-s1 9876543210-s1 runs_dir=/scratch/runs device=cpu
"""


def main(arguments: list[str]) -> int:
    """Draw a run, or two that are compared, and print the pictures' paths.

    Raises:
        UserError: a run that has not finished, runs of different layers, no such layer, or no matplotlib.
    """
    parser = Parser()
    parser.add_argument("--layer")
    parser.own_parts()
    given, runs, overrides = parser.parse_words(arguments)
    if not 1 <= len(runs) <= 2:
        raise UserError("plot: name a run or two, as in `snnexp plot runs/quickstart/0123456789-s1`")
    from snnexp.config.overrides import value_of  # late: imports Hydra

    runs_dir = value_of(overrides, "runs_dir", "runs")
    folders = [find(run, runs_dir) for run in runs]
    try:
        from snnexp.plots.runs import draw  # late: imports torch and matplotlib
    except ModuleNotFoundError as error:
        if error.name != "matplotlib":
            raise
        raise UserError(f"plot: matplotlib is not installed; {install('plot')}") from None
    logs.configure()
    for path in draw(folders, given.layer, overrides, tuple(given.allow_modules)):
        print(path)
    return 0
