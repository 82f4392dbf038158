"""The site builds strictly: each link inside leads somewhere. It loads nothing from elsewhere and misses no config."""

import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest

from snnexp.commands import COMMANDS
from snnexp.config.places import config_folder

ROOT = Path(__file__).parents[2]
pytest.importorskip("mkdocs")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the built site."""
    folder = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", str(folder)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return folder


class Loaded(HTMLParser):
    """Collects what a page has its browser load."""

    def __init__(self) -> None:
        super().__init__()
        self.addresses: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag in ("script", "img", "iframe") or (tag == "link" and given.get("rel") != "canonical"):
            self.addresses += [given.get("src") or given.get("href") or ""]


def test_loads_nothing_from_elsewhere(site: Path):
    pages = [path for path in site.rglob("*.html")]
    assert len(pages) > 12
    for page in pages:
        loaded = Loaded()
        loaded.feed(page.read_text())
        assert [address for address in loaded.addresses if re.match(r"(https?:)?//", address)] == [], page


def test_tells_every_config_and_command(site: Path):
    configs, commands = (site / "configs.html").read_text(), (site / "commands.html").read_text()
    groups = [path for path in config_folder().glob("**/*.yaml") if path.stem != "train"]
    assert [path for path in groups if path.stem not in configs] == []
    assert "peak of the schedule, or its value if constant" in configs and "triangle, linear, constant" in configs
    assert [name for name in COMMANDS if f"snnexp {name}" not in commands] == []


def test_troubleshooting_quotes_lines_that_the_code_has():
    lines = re.findall(r"^\| `([^`]+)` \|", (ROOT / "docs" / "troubleshooting.md").read_text(), re.MULTILINE)
    code = "".join(path.read_text() for path in (ROOT / "snnexp").rglob("*.py"))
    parts = [part.strip("=:; ") for line in lines for part in line.split("...")]
    assert len(lines) > 20 and [part for part in parts if part not in code] == []
