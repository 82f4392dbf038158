"""`snnexp eval`: the test figures of a finished run's weights."""

from snnexp.config.arguments import Parser
from snnexp.errors import UserError
from snnexp.machine import logs
from snnexp.runs.status import find

HELP = """\
usage: snnexp eval RUN [KEY=VALUE ...] [--maps WHICH | --thresholds A,B,...] [--allow-module M]

Tests the weights of a finished run, after verifying that its files are those it left. RUN is its folder, or the
beginning of the folder's name below runs_dir. KEY=VALUE changes the run's config where it acts on testing.

options:
  --maps WHICH        test with other spatial maps in the gates, as ASA's: those of a sample of another class (other),
                      the mean over the test set (mean), or each sample's own (own), which changes nothing
  --thresholds A,B    test with the neurons' thresholds multiplied by A, by B, ...: accuracy against the firing rate
  --allow-module M    a module of your own whose parts the run's config may name (may be repeated)

examples:
  snnexp eval runs/quickstart/0123456789-s1
  snnexp eval 0123456789-s1 --thresholds 1,1.5,2,3
  snnexp eval 0123456789-s1 runs_dir=/scratch/runs device=cpu
"""


def main(arguments: list[str]) -> int:
    """Test a run, and print its figures.

    Raises:
        UserError: no such run, one that has not finished or was changed, or wrong overrides.
    """
    parser = Parser()
    parser.own_parts()
    group = parser.add_mutually_exclusive_group()
    group.add_argument("--maps", choices=["own", "other", "mean"])
    group.add_argument("--thresholds", type=numbers, default=[])
    given, runs, overrides = parser.parse_words(arguments)
    if len(runs) != 1:
        raise UserError(
            "eval: name a run, as in `snnexp eval runs/quickstart/0123456789-s1`; `snnexp ls runs` lists them"
        )
    from snnexp.config.overrides import value_of  # late: imports Hydra

    folder = find(runs[0], value_of(overrides, "runs_dir", "runs"))
    from snnexp.training import controls, run  # late: imports torch

    logs.configure()
    named = str(folder), overrides, tuple(given.allow_modules)
    if given.maps or given.thresholds:
        return controls.main(*named, given.maps, given.thresholds)
    return run.evaluate_main(*named)


def numbers(text: str) -> list[float]:
    """Read numbers between commas.

    Raises:
        ValueError: not so.
    """
    return [float(each) for each in text.split(",")]
