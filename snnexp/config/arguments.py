"""The parser of what a command takes."""

from argparse import ArgumentParser, Namespace
from collections.abc import Sequence
from typing import NoReturn

from snnexp.errors import UserError


class Parser(ArgumentParser):
    """A parser without a help of its own, whose mistakes are reported as all others are."""

    def __init__(self) -> None:
        super().__init__(add_help=False, allow_abbrev=False)

    def error(self, message: str) -> NoReturn:
        raise UserError(f"{message}; --help lists what there is")

    def own_parts(self) -> None:
        """Take `--allow-module`, as often as it is given."""
        self.add_argument("--allow-module", dest="allow_modules", action="append", default=[])

    def own_configs(self) -> None:
        """Take `--config-dir` and `--allow-module`."""
        self.add_argument("--config-dir")
        self.own_parts()

    def parse_words(self, arguments: Sequence[str]) -> tuple[Namespace, list[str], list[str]]:
        """Parse options anywhere among words; returns the options, the names, and the overrides.

        An override holds a `=`, or takes a key away by `~`.
        """
        self.add_argument("words", nargs="*")
        given = self.parse_intermixed_args(arguments)
        overrides = [word for word in given.words if is_override(word)]
        return given, [word for word in given.words if not is_override(word)], overrides


def is_override(word: str) -> bool:
    """Return whether a word changes a config; all others name something."""
    return "=" in word or word.startswith("~")
