"""The wheel works without the checkout: in an environment of its own, from another folder, without a network.

Its package folder is read-only, and nothing in it changes: the first binds users, the second root as well.
"""

import json
import os
import re
import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from pathlib import Path

import pytest

from snnexp import __version__

ROOT = Path(__file__).parents[1]
# A namespace without a network, where this user may have one.
OFFLINE = ["unshare", "--net"] if not subprocess.call("unshare --net true 2>/dev/null", shell=True) else []


def run(*command: object, cwd: Path) -> str:
    env = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}  # it might lead to the checkout
    done = subprocess.run([*map(str, command)], cwd=cwd, env=env, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def dist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the wheel and the source archive."""
    folder = tmp_path_factory.mktemp("dist")
    run(sys.executable, "-m", "hatchling", "build", "-d", folder, cwd=ROOT)
    return folder


@pytest.fixture(scope="module")
def snnexp(dist: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The console script of an environment that holds the wheel, and this one's packages but not this checkout."""
    tmp = tmp_path_factory.mktemp("wheel")
    run(sys.executable, "-m", "venv", "--without-pip", tmp / "venv", cwd=tmp)
    python = tmp / "venv/bin/python"
    site = Path(run(python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))", cwd=tmp).strip())
    (wheel,) = dist.glob("*.whl")
    options = ["--no-deps", "--no-index", "--no-cache-dir", "--quiet"]
    run(sys.executable, "-m", "pip", "--python", python, "install", *options, wheel, cwd=tmp)
    # Named as a plain path: the .pth files within, of which one leads to the checkout, are not followed.
    (site / "borrowed.pth").write_text(sysconfig.get_path("purelib") + "\n")
    package = site / "snnexp"
    for path in (package, *package.rglob("*")):
        path.chmod(path.stat().st_mode & ~0o222)
    before = content(package)
    yield tmp / "venv/bin/snnexp"
    assert content(package) == before


def content(folder: Path) -> dict[Path, tuple[int, int]]:
    """Size and time of every file below a folder."""
    return {path: (path.stat().st_size, path.stat().st_mtime_ns) for path in folder.rglob("*")}


def test_an_index_would_take_both(dist: Path):
    run(sys.executable, "-m", "twine", "check", "--strict", *dist.iterdir(), cwd=dist)


def test_readme_leads_to_no_file_of_a_checkout(snnexp: Path, tmp_path: Path):
    code = "from importlib.metadata import metadata; print(metadata('snnexp').get_payload())"
    shown = run(snnexp.with_name("python"), "-c", code, cwd=tmp_path)
    assert "scripts/quickstart" in shown and re.findall(r"\]\((?!https:|#)", shown) == []


def test_the_version_has_its_section_in_the_changelog_and_stands_in_the_citation():
    assert f"\nversion: {__version__}\n" in (ROOT / "CITATION.cff").read_text()
    assert re.search(rf"^## \[{re.escape(__version__)}\] - \d{{4}}-", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)


def test_does_not_see_the_checkout(snnexp: Path, tmp_path: Path):
    code = "import snnexp; print(snnexp.__file__)"
    assert run(snnexp.with_name("python"), "-c", code, cwd=tmp_path).startswith(str(snnexp.parents[1]))


def test_lists_experiments_and_parts(snnexp: Path, tmp_path: Path):
    listed = run(snnexp, "ls", cwd=tmp_path).split()
    assert {path.stem for path in (ROOT / "configs").glob("*/*.yaml")} <= set(listed)


def test_trains_looks_around_and_prints_a_table_offline(snnexp: Path, tmp_path: Path, figure):
    run(*OFFLINE, snnexp, "train", "trainer.epochs=1", "runs_dir=here", "device=cpu", cwd=tmp_path)
    (result,) = tmp_path.glob("here/*/*/result.json")
    assert json.loads(result.read_text())["test_accuracy"] > 0.3
    assert "LIF on cpu" in run(*OFFLINE, snnexp, "doctor", cwd=tmp_path)
    table = run(*OFFLINE, snnexp, "table", "rmp_ablation", "--scale", "small", cwd=tmp_path)
    assert "| vanilla | 0* of 3 |" in table and "- Missing of vanilla: `snnexp sweep" in table
    network = "no network" if OFFLINE else "a network"
    figure(
        "fresh install", f"the wheel, {network}, read-only package folder, another folder: train, doctor, table work"
    )
    run(snnexp, "report", "here", cwd=tmp_path)
    assert "</html>" in (tmp_path / "here/report.html").read_text()
