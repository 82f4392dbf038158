"""The command line: the first word is the subcommand, the rest is its own. No help text imports anything heavy."""

import os
import sys
from collections.abc import Callable
from importlib import import_module

from snnexp import __version__
from snnexp.commands import usage
from snnexp.config.arguments import Parser
from snnexp.config.hints import suggest
from snnexp.errors import FAILURE, PREEMPTED, WRONG_INPUT, Preempted, RunError, UserError, one_line
from snnexp.machine import logs, streams
from snnexp.machine.devices import said_threads
from snnexp.runs.status import find

MULTIRUN = {"-m", "--multirun"}
# Options that go to Hydra's own command line, which shows something then instead of a run of ours.
CONFIG = {"-c", "--cfg"}
SHOW = CONFIG | {"-i", "--info", "--hydra-help"}
HYDRA = SHOW | {"--resolve", "-p", "--package"}
COMPLETION = {"-sc", "--shell-completion"}


def main(arguments: list[str] | None = None) -> int:
    """Run `snnexp` and return its exit status."""
    if arguments is None:
        streams.prepare()
    return report(lambda: dispatch(sys.argv[1:] if arguments is None else arguments))


def report(command: Callable[[], int]) -> int:
    """Run a command; a mistake of the user's, and what ends a run, become one line on standard error."""
    try:
        status = command()
        sys.stdout.flush()  # here, where a reader that is gone can be told from a fault
        return status
    except OSError as error:
        if isinstance(error, BrokenPipeError) and streams.is_unread():
            return streams.close()
        if error.errno is None:
            raise
        named = " ".join(str(name) for name in (error.filename, error.filename2) if name is not None)
        print(f"snnexp: {named or 'input or output'}: {error.strerror}", file=sys.stderr)
        return FAILURE
    except (UserError, RunError) as error:
        print("snnexp:", one_line(error), file=sys.stderr)
        return WRONG_INPUT if isinstance(error, UserError) else FAILURE
    except Preempted as error:
        print(f"snnexp: {error}; saved, the same command resumes", file=sys.stderr)
        return PREEMPTED
    except KeyboardInterrupt:
        print("snnexp: stopped; the same command resumes", file=sys.stderr)
        return PREEMPTED


def dispatch(arguments: list[str]) -> int:
    """Hand the arguments to their subcommand."""
    first, rest = (arguments[0], arguments[1:]) if arguments else ("--help", [])
    if first in ("-h", "--help"):
        print(usage.MAIN)
    elif first == "--version":
        print(f"snnexp {__version__}")
    elif first in COMPLETION:
        return complete(rest)
    elif first not in COMMANDS:
        there = f"there are {', '.join(COMMANDS)}"
        raise UserError(f"{first}: no such command; {suggest(first, COMMANDS, there)}")
    elif first in usage.HELP and {"-h", "--help"} & set(rest):
        print(usage.HELP[first])
    else:
        said_threads()  # here, since torch's library warns of what it cannot read when it is imported
        return COMMANDS[first](rest)
    return 0


def train(arguments: list[str]) -> int:
    """`snnexp train`: a run, or what Hydra's command line shows of its config."""
    parser = Parser()
    parser.add_argument("--config-dir")
    parser.add_argument("--allow-module", action="append", default=[])
    given, rest = parser.parse_known_args(arguments)
    where = given.config_dir, tuple(given.allow_module)
    if COMPLETION & set(rest):
        return complete(rest[1:])
    if flags := {word for word in rest if word.startswith("-")}:
        return show(rest, flags, *where)
    logs.configure()
    from snnexp.config.compose import compose  # late: imports Hydra

    composed = compose(rest, *where)
    from snnexp.training.run import main  # late: imports torch, for which a mistake has not to wait

    return main(composed, given.config_dir)


def show(rest: list[str], flags: set[str], config_dir: str | None, allow_modules: tuple[str, ...]) -> int:
    """Let Hydra show what it was asked for; a config is composed before, so that mistakes are told in our words."""
    if flags & MULTIRUN:
        raise UserError("train: makes one run; `snnexp sweep` makes one of each combination of KEY=A,B")
    for flag in flags - HYDRA:
        raise UserError(f"{flag}: no such option; {suggest(flag, HYDRA, '`snnexp train --help` lists them')}")
    if not flags & SHOW:
        raise UserError(f"{' '.join(sorted(flags))}: goes with --cfg job")
    from snnexp.config import compose as config  # late: imports Hydra

    if flags & CONFIG:
        config.compose([word for word in rest if "=" in word or word.startswith("~")], config_dir, allow_modules)
    folder = ["--config-dir", config_dir] if config_dir else []
    return config.hand_over("snnexp train", [*folder, *rest])


def sweep(arguments: list[str]) -> int:
    """`snnexp sweep`."""
    if COMPLETION & set(arguments):
        return complete(arguments[1:])
    logs.configure()
    from snnexp.sweeps.sweep import main  # late: imports Hydra

    return main(arguments)


def evaluate(arguments: list[str]) -> int:
    """`snnexp eval`; the run may be given by the beginning of its folder's name."""
    parser = Parser()
    parser.add_argument("words", nargs="*")
    parser.add_argument("--allow-module", action="append", default=[])
    given = parser.parse_intermixed_args(arguments)
    if not given.words or "=" in given.words[0]:
        raise UserError(
            "eval: name a run, as in `snnexp eval runs/quickstart/0123456789-s1`; `snnexp ls runs` lists them"
        )
    run, *overrides = given.words
    from snnexp.config.overrides import value_of  # late: imports Hydra

    folder = find(run, value_of(overrides, "runs_dir", "runs"))
    from snnexp.training.run import evaluate_main  # late: imports torch

    logs.configure()
    return evaluate_main(str(folder), overrides, tuple(given.allow_module))


def draw(arguments: list[str]) -> int:
    """`snnexp plot`; runs may be given as for `snnexp eval`."""
    parser = Parser()
    parser.add_argument("words", nargs="*")
    parser.add_argument("--layer")
    parser.add_argument("--allow-module", action="append", default=[])
    given = parser.parse_intermixed_args(arguments)
    runs = [word for word in given.words if "=" not in word]
    overrides = [word for word in given.words if "=" in word]
    if not 1 <= len(runs) <= 2:
        raise UserError("plot: name a run or two, as in `snnexp plot runs/quickstart/0123456789-s1`")
    from snnexp.config.overrides import value_of  # late: imports Hydra

    runs_dir = value_of(overrides, "runs_dir", "runs")
    folders = [find(run, runs_dir) for run in runs]
    try:
        from snnexp.commands.plot import main  # late: imports torch and matplotlib
    except ModuleNotFoundError as error:
        if error.name != "matplotlib":
            raise
        raise UserError("plot: matplotlib is not installed; pip install 'snnexp[plot]'") from None
    logs.configure()
    return main(folders, given.layer, overrides, tuple(given.allow_module))


def complete(arguments: list[str]) -> int:
    """Print what a shell asks for; Hydra knows no subcommands, so `train` or `sweep` is taken out of the line."""
    words = os.environ.get("COMP_LINE", "").split(" ")
    if not any(word.startswith("query") for word in arguments):
        pass
    elif words[1] in ("train", "sweep") and len(words) > 2:
        line = " ".join([words[0], *words[2:]])
        point = int(os.environ.get("COMP_POINT", len(line))) - len(f"{words[1]} ")
        os.environ.update(COMP_LINE=line, COMP_POINT=str(max(point, 0)))
    else:
        print(*(COMMANDS if len(words) < 3 else []))
        return 0
    from snnexp.config.compose import hand_over  # late: imports Hydra

    return hand_over("snnexp", ["-sc", *arguments])


def module(name: str) -> Callable[[list[str]], int]:
    """A command that is a module of its own, imported when the command is given: most import torch."""
    return lambda arguments: import_module(f"snnexp.{name}").main(arguments)


def bench(arguments: list[str]) -> int:
    """`snnexp bench`; each benchmark is a module of `snnexp.bench`."""
    if not arguments or arguments[0] not in BENCHMARKS:
        there = f"there are {', '.join(BENCHMARKS)}"
        raise UserError(f"bench: name a benchmark; {suggest(arguments[0], BENCHMARKS, there) if arguments else there}")
    logs.configure()
    return import_module(f"snnexp.bench.{arguments[0]}").main(arguments[1:])  # late: imports torch


BENCHMARKS = ("lif", "step", "inference", "data", "decode", "scaling", "beside", "start", "report")
COMMANDS = {
    "train": train,
    "sweep": sweep,
    "eval": evaluate,
    "plot": draw,
    "table": module("tables"),
    "reproduce": module("commands.reproduce"),
    "report": module("report"),
    "export": module("commands.export"),
    "ls": module("commands.ls"),
    "doctor": module("commands.doctor"),
    "data": module("commands.data"),
    "bench": bench,
}
