"""The wheel works without the checkout: installed into an environment of its own and run from another folder."""

import json
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


def run(*command: object, cwd: Path) -> str:
    done = subprocess.run([*map(str, command)], cwd=cwd, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def snnexp(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The console script of an environment that holds the wheel, and this one's packages but not this checkout."""
    tmp = tmp_path_factory.mktemp("wheel")
    run(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", tmp, cwd=ROOT)
    run(sys.executable, "-m", "venv", "--without-pip", tmp / "venv", cwd=tmp)
    python = tmp / "venv/bin/python"
    site = Path(run(python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))", cwd=tmp).strip())
    (wheel,) = tmp.glob("*.whl")
    options = ["--no-deps", "--no-index", "--no-cache-dir", "--quiet"]
    run(sys.executable, "-m", "pip", "--python", python, "install", *options, wheel, cwd=tmp)
    # Named as a plain path: the .pth files within, of which one leads to the checkout, are not followed.
    (site / "borrowed.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return tmp / "venv/bin/snnexp"


def test_does_not_see_the_checkout(snnexp: Path, tmp_path: Path):
    code = "import snnexp; print(snnexp.__file__)"
    assert run(snnexp.with_name("python"), "-c", code, cwd=tmp_path).startswith(str(snnexp.parents[1]))


def test_lists_experiments_and_parts(snnexp: Path, tmp_path: Path):
    listed = run(snnexp, "ls", cwd=tmp_path).split()
    assert {path.stem for path in (ROOT / "configs").glob("*/*.yaml")} <= set(listed)


def test_trains_digits(snnexp: Path, tmp_path: Path):
    run(snnexp, "train", "trainer.epochs=1", "runs_dir=here", "device=cpu", cwd=tmp_path)
    (result,) = tmp_path.glob("here/*/*/result.json")
    assert json.loads(result.read_text())["test_accuracy"] > 0.3
