"""`snnexp train`: a run, or what Hydra's command line shows of its config."""

from snnexp.config.arguments import Parser, is_override
from snnexp.config.hints import suggest
from snnexp.errors import UserError
from snnexp.machine import logs

HELP = """\
usage: snnexp train [exp=NAME] [GROUP=NAME ...] [KEY=VALUE ...] [options]

Trains an experiment into <runs_dir>/<exp>/<id>-s<seed>; without arguments, the handwritten digits. The same command
resumes a run that was stopped, and skips a finished one. `snnexp ls` lists the names that can be chosen,
`snnexp train --cfg job` all keys.

options:
  --config-dir DIR    a folder of your own configs, searched after ours
  --allow-module M    a module of your own whose parts configs may name (may be repeated)
  --cfg job           print the config instead of training
  --info, --hydra-help    what Hydra shows

examples:
  snnexp train trainer.epochs=5 optimizer.lr=0.05
  snnexp train exp=rmp_cifar10 launch.nproc=2
"""
MULTIRUN = {"-m", "--multirun"}
# Options that go to Hydra's own command line, which shows something then instead of a run of ours.
CONFIG = {"-c", "--cfg"}
SHOW = CONFIG | {"-i", "--info", "--hydra-help"}
HYDRA = SHOW | {"--resolve", "-p", "--package"}


def main(arguments: list[str]) -> int:
    """Train one run, or show its config.

    Raises:
        UserError: as `compose`, or an option that is not there.
        Preempted: a signal stopped the run; it has saved its state.
    """
    parser = Parser()
    parser.own_configs()
    given, rest = parser.parse_known_args(arguments)
    where = given.config_dir, tuple(given.allow_modules)
    if flags := {word for word in rest if word.startswith("-")}:
        return show(rest, flags, *where)
    logs.configure()
    from snnexp.config.compose import compose  # late: imports Hydra

    composed = compose(rest, *where)
    from snnexp.training.run import main  # late: imports torch, for which a mistake has not to wait

    return main(composed, given.config_dir)


def show(rest: list[str], flags: set[str], config_dir: str | None, allow_modules: tuple[str, ...]) -> int:
    """Let Hydra show what is requested; a config is composed before, so that mistakes are reported in our words."""
    if flags & MULTIRUN:
        raise UserError("train: makes one run; `snnexp sweep` makes one of each combination of KEY=A,B")
    for flag in flags - HYDRA:
        raise UserError(f"{flag}: no such option; {suggest(flag, HYDRA, '`snnexp train --help` lists them')}")
    if not flags & SHOW:
        raise UserError(f"{' '.join(sorted(flags))}: goes with --cfg job")
    from snnexp.config import compose as config  # late: imports Hydra

    if flags & CONFIG:
        config.compose([word for word in rest if is_override(word)], config_dir, allow_modules)
    folder = ["--config-dir", config_dir] if config_dir else []
    return config.hand_over("snnexp train", [*folder, *rest])
