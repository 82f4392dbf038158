import re
import tomllib
from importlib.metadata import PackageNotFoundError
from pathlib import Path

import pytest

from snnexp.machine import packages

ROOT = Path(__file__).parents[2]
EXTRAS = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]


def test_names_the_packages_of_one_extra(monkeypatch: pytest.MonkeyPatch):
    stated = ["numpy>=1", "aedat>=2.3; extra == 'dvs'", "h5py; extra == 'dvs'", "ray>=2; extra == 'ray'"]
    monkeypatch.setattr("importlib.metadata.requires", lambda name: stated)
    assert packages.install("dvs") == "pip install 'aedat>=2.3' h5py"


def test_a_folder_that_was_not_installed_names_the_extra(monkeypatch: pytest.MonkeyPatch):
    def missing(name: str) -> None:
        raise PackageNotFoundError(name)

    monkeypatch.setattr("importlib.metadata.requires", missing)
    assert packages.install("dvs") == "install snnexp with its extra dvs"


def test_every_extra_that_is_named_is_there():
    text = "".join(path.read_text() for path in (ROOT / "snnexp").rglob("*.py"))
    assert set(re.findall(r"""\binstall\(['"](\w+)['"]\)""", text)) <= EXTRAS.keys()


def test_nothing_tells_to_install_snnexp_from_an_index():
    files = [ROOT / "README.md", *(ROOT / "docs").glob("*.md"), *(ROOT / "snnexp").rglob("*.py")]
    assert [path for path in files if re.search(r"pip install ['\"]?snnexp\b(?!-)", path.read_text())] == []


def test_the_docs_name_each_extra_with_its_packages():
    rows = re.findall(r"^\| `(\w+)` \| ([^|]+) \|", (ROOT / "docs" / "install.md").read_text(), re.MULTILINE)
    brought = {extra: [re.split("[<>=]", package)[0] for package in packages] for extra, packages in EXTRAS.items()}
    assert {extra: packages.split(", ") for extra, packages in rows} == {
        extra: names for extra, names in brought.items() if extra not in ("bench", "dev", "docs", "oracles")
    }
