"""The worked example of CONTRIBUTING.md, written into a copy of the project and run there."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
BLOCK = re.compile(r"^`([\w/.]+)`[^\n]*\n\n```\w+\n(.*?)^```$", re.MULTILINE | re.DOTALL)
BLOCKS = dict(BLOCK.findall((ROOT / "CONTRIBUTING.md").read_text()))
NAME = Path(next(iter(BLOCKS))).stem


def run(*command: str, cwd: Path) -> str:
    done = subprocess.run([sys.executable, "-m", *command], cwd=cwd, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the project with the example's files added."""
    copy = tmp_path_factory.mktemp("project")
    shutil.copy(ROOT / "pyproject.toml", copy)
    for folder in ("snnexp", "configs", "tests"):
        shutil.copytree(ROOT / folder, copy / folder, ignore=shutil.ignore_patterns("__pycache__"))
    for path, text in BLOCKS.items():
        assert not (copy / path).exists(), f"{path} exists: the example must be a new part"
        (copy / path).write_text(text)
    return copy


def test_the_example_is_one_file_one_yaml_and_one_test():
    assert [path.split("/")[0] for path in BLOCKS] == ["snnexp", "configs", "tests"]


def test_its_tests_and_the_house_rules_pass(project: Path):
    test = next(path for path in BLOCKS if path.startswith("tests/"))
    output = run("pytest", "-q", "-k", NAME, test, "tests/test_parts.py", "tests/test_imports.py", cwd=project)
    assert int(output.split(" passed")[0].split()[-1]) > 6


def test_it_is_well_formed(project: Path):
    files = [path for path in BLOCKS if path.endswith(".py")]
    run("ruff", "check", "--no-cache", *files, cwd=project)
    run("ruff", "format", "--check", "--no-cache", *files, cwd=project)


def test_it_trains(project: Path):
    run("snnexp", "train", f"regularizer=[{NAME}]", "trainer.epochs=1", "device=cpu", cwd=project)
    (config,) = project.glob("runs/*/*/config.yaml")
    assert f"snnexp.regularizers.{NAME}" in config.read_text()
