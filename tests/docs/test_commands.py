"""Every command that README and docs show is run, in a folder that holds what they speak of.

Trainings are shortened: on digits, with two channels, for an epoch. Sweeps and `reproduce` show what they would start.
"""

import fnmatch
import re
import shlex
import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from snnexp.commands import main
from snnexp.config.compose import compose
from snnexp.training.run import train

ROOT = Path(__file__).parents[2]
PAGES = {page: page.read_text() for page in [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]}
BLOCK = re.compile(r"(?:^`(?P<file>[\w/.]+)`\n\n)?^```(?P<language>\w+)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
# What is not run, and why.
MARKED = {
    "scripts/*": "makes an environment: .ci/run and those who release",
    "pip install *": "installs: scripts/release does so from the wheel",
    "uv tool *": "installs",
    "pipx *": "installs",
    "source *": "the shell's own",
    "export *": "the shell's own",
    "eval *": "the shell's own; tests/commands tries what bash completes",
    "snnexp data fetch *": "needs a network",
    "snnexp reproduce rmp_main *": "looks at data that are not there: ImageNet and CIFAR10-DVS",
    "snnexp tune *": "trains on CIFAR-10: tests/tables/test_tuning.py",
    "snnexp reproduce rmp_why *": "the same",
    "snnexp reproduce rmp_ablation *hydra/launcher=joblib*": "the same: CIFAR-10",
    "python scripts/digits_lead *": "trains for a minute a seed and library: tests/test_digits_lead.py",
    "snnexp eval RUN --maps *": "needs a run with gates: tests/training/test_controls.py",
    "snnexp sweep * hydra.launcher.num_gpus=*": "needs a GPU",
}
PYTHON = {"README.md", "python.md", "export.md"}  # run by tests/test_notebook.py and tests/exports
TINY = ["backbone.width=2", "trainer.epochs=1", "device=cpu"]
DIGITS = ["T=2", "dataset=digits", "augment=none", "backbone=convnet"]  # in place of data that may not be there


def commands() -> Iterator[tuple[Path, str]]:
    """Page and words of each command, in order; lines that go on are joined."""
    for page, text in PAGES.items():
        for block in BLOCK.finditer(text):
            if block["language"] == "bash":
                lines = block["text"].replace("\\\n", " ").splitlines()
                found = (shlex.join(shlex.split(line, comments=True)) for line in lines)
                yield from ((page, line) for line in found if line)


def marked(line: str) -> str | None:
    """The mark of a command that is not run."""
    return next((mark for mark in MARKED if fnmatch.fnmatch(line, mark)), None)


def cases() -> list:
    """The commands that are run, those of most pages with the slow tests alone."""
    first = {line: page.name for page, line in reversed([*commands()]) if not marked(line)}
    slow = {line for line, page in first.items() if page not in ("README.md", "own.md")}
    return [pytest.param(line, id=line, marks=[pytest.mark.slow] if line in slow else []) for line in first]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the files that pages show, pictures and recordings of one's own, and a finished run."""
    folder = tmp_path_factory.mktemp("docs")
    for block in (found for text in PAGES.values() for found in BLOCK.finditer(text) if found["file"]):
        (folder / block["file"]).parent.mkdir(parents=True, exist_ok=True)
        (folder / block["file"]).write_text(block["text"])
    for place in (f"{split}/{name}" for split in ("train", "test") for name in ("left", "right")):
        for kind in ("pictures", "recordings"):
            (folder / "my" / kind / place).mkdir(parents=True)
        Image.new("RGB", (40, 40)).save(folder / "my/pictures" / place / "one.png")
        rows = [[i % 34, i % 34, i, i % 2] for i in range(100)]
        np.save(folder / "my/recordings" / place / "one.npy", np.array(rows))
    Image.new("L", (8, 8)).save(folder / "three.png")
    result = train(compose([*TINY, "T=1", f"runs_dir={folder / 'runs'}"]))
    shutil.copy(Path(result["folder"]) / "model.safetensors", folder / "weights.safetensors")
    return folder


def shortened(words: list[str], run: Path) -> list[str]:
    """The words of a command for a tiny training, with the run's name for those that stand for one."""
    words = [re.sub(r"^init_from=.*<id>-s1$", f"init_from={run}", word) for word in words]
    command, *rest = [re.sub(r"^(.*<id>-s1|0123456789-s1|RUN)$", run.name, word) for word in words]
    if command in ("sweep", "reproduce"):
        return [command, *rest, "--dry-run", *(DIGITS if any(word.startswith("exp=") for word in rest) else [])]
    if "dataset=cifar100" in rest:  # which is not there: the network alone
        return ["show", *rest]
    if command != "train" or "--cfg" in rest:
        return [command, *rest]
    tiny = [*TINY, "runs_dir=trained", *(DIGITS if re.search(r"\bexp=(rmp|inflor|asa|nmnist)", " ".join(rest)) else [])]
    tiny += ["dataset.workers=0"] if "dataset=image_folder" in rest else []
    changed = {word.partition("=")[0] for word in tiny}
    return [command, *(word for word in rest if word.partition("=")[0] not in changed), *tiny]


@pytest.mark.parametrize("line", cases())
def test_runs(line: str, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture):
    monkeypatch.chdir(folder)
    (run,) = folder.glob("runs/quickstart/*-s1")
    program, *words = shlex.split(line)
    assert program == "snnexp"
    assert main(shortened(words, run)) == 0, capsys.readouterr().err


def test_what_is_not_run_is_marked_and_little():
    used = [mark for _, line in commands() if (mark := marked(line))]
    assert set(used) == MARKED.keys() and len(used) < len(cases()) / 2


def test_python_is_run():
    blocks = [(page.name, block) for page, text in PAGES.items() for block in BLOCK.finditer(text)]
    assert {page for page, block in blocks if block["language"] == "python" and not block["file"]} == PYTHON
