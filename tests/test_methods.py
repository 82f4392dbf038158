"""What docs/methods.md names is there, and its commands compose."""

import re
import shlex
from pathlib import Path

import pytest

from snnexp.config.compose import compose
from snnexp.config.places import options

ROOT = Path(__file__).parents[1]
TEXT = (ROOT / "docs/methods.md").read_text()
COMMANDS = re.findall(r"^snnexp train (.+)$", TEXT, re.MULTILINE)


@pytest.mark.parametrize("path", sorted(set(re.findall(r"`((?:snnexp|configs)/[\w/.]+)`", TEXT))))
def test_names_files_that_are_there(path: str):
    assert (ROOT / path).is_file()


@pytest.mark.parametrize("command", COMMANDS)
def test_commands_compose(command: str):
    compose(shlex.split(command, comments=True))


def test_every_table_is_there():
    blocks = "".join(re.findall(r"```bash\n(.+?)```", TEXT, re.DOTALL))
    lines = re.findall(r"^snnexp table (.+)$", blocks, re.MULTILINE)
    tables = set(options("table"))
    assert {line.split()[0] for line in lines} <= tables
    assert tables <= {word for line in lines for word in re.findall(r"\w+", line)}


def test_every_method_has_its_commands():
    sections = TEXT.split("\n## ")[1:5]
    assert [section.split("\n")[0].split(",")[0] for section in sections] == ["RMP-Loss", "Soft reset", "MPR", "ASA"]
    assert all("\nsnnexp train " in each and "\nsnnexp table " in each and "| here |" in each for each in sections)
