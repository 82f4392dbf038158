"""The worked examples of CONTRIBUTING.md, written into a copy of the project and run there."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
BLOCK = re.compile(r"^`([\w/.]+)`[^\n]*\n\n```\w+\n(.*?)^```$", re.MULTILINE | re.DOTALL)
BLOCKS = dict(BLOCK.findall((ROOT / "CONTRIBUTING.md").read_text()))


def run(*command: str, cwd: Path) -> str:
    done = subprocess.run([sys.executable, "-m", *command], cwd=cwd, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the project with the examples' files added, and nothing edited."""
    copy = tmp_path_factory.mktemp("project")
    shutil.copy(ROOT / "pyproject.toml", copy)
    for folder in ("snnexp", "configs", "tests"):
        shutil.copytree(ROOT / folder, copy / folder, ignore=shutil.ignore_patterns("__pycache__"))
    for path, text in BLOCKS.items():
        assert not (copy / path).exists(), f"{path} exists: an example must be a new part"
        (copy / path).write_text(text)
    return copy


def test_an_example_is_one_file_one_yaml_and_one_test():
    assert [path.split("/")[0] for path in BLOCKS] == 2 * ["snnexp", "configs", "tests"]
    assert [Path(path).stem for path in BLOCKS][::3] == ["potential", "cuba_lif"]


def test_their_tests_and_the_house_rules_pass(project: Path):
    tests = [path for path in BLOCKS if path.startswith("tests/")]
    tests += ["tests/test_parts.py", "tests/test_imports.py", "tests/neurons/test_every_neuron.py"]
    output = run("pytest", "-q", "-n0", "-k", "potential or cuba_lif", *tests, cwd=project)
    assert int(output.split(" passed")[0].split()[-1]) > 20


def test_they_are_well_formed(project: Path):
    files = [path for path in BLOCKS if path.endswith(".py")]
    run("ruff", "check", "--no-cache", *files, cwd=project)
    run("ruff", "format", "--check", "--no-cache", *files, cwd=project)


def test_they_train(project: Path):
    parts = ["regularizer=[potential]", "neuron=cuba_lif"]
    run("snnexp", "train", *parts, "trainer.epochs=1", "backbone.width=4", "device=cpu", cwd=project)
    (config,) = project.glob("runs/*/*/config.yaml")
    text = config.read_text()
    assert all(f"_target_: snnexp.{part}." in text for part in ("regularizers.potential", "neurons.cuba_lif"))
