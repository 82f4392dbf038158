"""The parser of what a command takes."""

import argparse
from typing import NoReturn

from snnexp.errors import UserError


class Parser(argparse.ArgumentParser):
    """A parser without a help of its own, whose mistakes are told as all others are."""

    def __init__(self) -> None:
        super().__init__(add_help=False, allow_abbrev=False)

    def error(self, message: str) -> NoReturn:
        raise UserError(f"{message}; --help tells what there is")
