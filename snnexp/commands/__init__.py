"""The command line: the first word is the subcommand, a file of that name here, the rest is its own.

Each file holds the text of its `--help` and a `main`; neither imports anything heavy before it is needed.
"""

import os
import sys
from collections.abc import Callable
from importlib import import_module

from snnexp import __version__
from snnexp.config.hints import suggest
from snnexp.errors import FAILURE, PREEMPTED, WRONG_INPUT, Preempted, RunError, UserError, one_line
from snnexp.machine import streams
from snnexp.machine.devices import said_threads

COMMANDS = {
    "train": "train an experiment, or resume it",
    "sweep": "train every combination of values, or resume what is left",
    "show": "show a network and its costs before any data are opened",
    "eval": "test a finished run's weights",
    "predict": "give files the classes that a finished run finds",
    "plot": "draw a finished run, or two side by side",
    "table": "print a table of the papers from finished runs",
    "report": "show a run or a sweep as one page",
    "plan": "say what a table can show and what it costs",
    "tune": "choose the learning rates of a table's rows on validation",
    "reproduce": "train what a table lacks, then print it",
    "export": "write a finished run for a model hub, as NIR or as ONNX",
    "ls": "list experiments, parts and runs",
    "doctor": "show versions, devices, kernels and data, with remedies",
    "data": "fetch, verify or find data sets",
    "bench": "measure speed beside other libraries",
}
HELP = """\
usage: snnexp COMMAND ...

Trains spiking neural networks end to end.

commands:
{commands}

examples:
  snnexp train
  snnexp train exp=rmp_cifar10 seed=2

snnexp COMMAND --help says more. --version prints the version.
completion: eval "$(snnexp -sc install=bash)"
"""
STATUSES = "exit status: 0 done, 1 failure, 2 wrong input, 75 preempted (the same command resumes)"
COMPLETION = {"-sc", "--shell-completion"}
COMPOSING = ("train", "sweep", "show")  # what follows these is a config's words, which Hydra completes


def main(arguments: list[str] | None = None) -> int:
    """Run `snnexp` and return its exit status."""
    if arguments is None:
        streams.prepare()
    return supervise(lambda: dispatch(sys.argv[1:] if arguments is None else arguments))


def supervise(command: Callable[[], int]) -> int:
    """Run a command; a user's mistake, and what ends a run, become one line on standard error."""
    try:
        status = command()
        sys.stdout.flush()  # here, where a reader that is gone can be distinguished from a fault
        return status
    except OSError as error:
        if isinstance(error, BrokenPipeError) and streams.is_unread():
            return streams.close()
        if error.errno is None:
            raise
        print("snnexp:", one_line(error), file=sys.stderr)
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
    """Pass the arguments to their subcommand."""
    first, rest = (arguments[0], arguments[1:]) if arguments else ("--help", [])
    if first in ("-h", "--help"):
        listed = "\n".join(f"  {name:<11}{what}" for name, what in COMMANDS.items())
        print(HELP.format(commands=listed), STATUSES, sep="\n")
        return 0
    if first == "--version":
        print(f"snnexp {__version__}")
        return 0
    if first in COMPLETION or (first in COMPOSING and COMPLETION & set(rest)):
        return complete(rest if first in COMPLETION else rest[1:])
    if first not in COMMANDS:
        there = f"there are {', '.join(COMMANDS)}"
        raise UserError(f"{first}: no such command; {suggest(first, COMMANDS, there)}")
    command = import_module(f"snnexp.commands.{first}")
    if {"-h", "--help"} & set(rest):
        print(command.HELP, STATUSES, sep="\n")
        return 0
    said_threads()  # here, since torch's library warns of what it cannot read when it is imported
    return command.main(rest)


def complete(arguments: list[str]) -> int:
    """Print what a shell requests; Hydra knows no subcommands, so `train` and the like are taken out of the line."""
    from snnexp.commands import completion  # late, as each command

    words = os.environ.get("COMP_LINE", "").split(" ")
    if not any(word.startswith("query") for word in arguments):
        pass
    elif words[1] in COMPOSING and len(words) > 2:
        line = " ".join([words[0], *words[2:]])
        point = int(os.environ.get("COMP_POINT", len(line))) - len(f"{words[1]} ")
        os.environ.update(COMP_LINE=line, COMP_POINT=str(max(point, 0)))
    else:
        print(*(COMMANDS if len(words) < 3 else completion.names(words[1], words[2:])))
        return 0
    from snnexp.config.compose import hand_over  # late: imports Hydra

    return hand_over("snnexp", ["-sc", *arguments])
