"""`snnexp eval`: the test figures of a finished run's weights."""

from snnexp.config.arguments import Parser
from snnexp.errors import UserError
from snnexp.machine import logs
from snnexp.runs.status import find

HELP = """\
usage: snnexp eval RUN [KEY=VALUE ...] [--allow-module M]

Tests the weights of a finished run, after verifying that its files are those it left. RUN is its folder, or the
beginning of the folder's name below runs_dir. KEY=VALUE changes the run's config: what tests it, not what trained it.

options:
  --allow-module M    a module of your own that the run's config may name parts of (may be repeated)

examples:
  snnexp eval runs/quickstart/0123456789-s1
  snnexp eval 0123456789-s1 runs_dir=/scratch/runs device=cpu
"""


def main(arguments: list[str]) -> int:
    """Test a run, and print its figures.

    Raises:
        UserError: no such run, one that has not finished or was changed, or wrong overrides.
    """
    parser = Parser()
    parser.own_parts()
    given, runs, overrides = parser.parse_words(arguments)
    if len(runs) != 1:
        raise UserError(
            "eval: name a run, as in `snnexp eval runs/quickstart/0123456789-s1`; `snnexp ls runs` lists them"
        )
    from snnexp.config.overrides import value_of  # late: imports Hydra

    folder = find(runs[0], value_of(overrides, "runs_dir", "runs"))
    from snnexp.training.run import evaluate_main  # late: imports torch

    logs.configure()
    return evaluate_main(str(folder), overrides, tuple(given.allow_modules))
