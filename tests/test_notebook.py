"""The project from Python, and the examples of docs/python.md and README.md, run as they stand."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
import torch

import snnexp
from snnexp.errors import UserError
from snnexp.surrogates.rectangle import Rectangle

ROOT = Path(__file__).parents[1]
BLOCKS = [
    pytest.param(block, id=f"{page} {number}")
    for page in ("README.md", "docs/python.md")
    for number, block in enumerate(re.findall(r"^```python\n(.*?)^```$", (ROOT / page).read_text(), re.M | re.S))
]
SMALL = ("backbone.width=2", "T=2", "trainer.epochs=1", "device=cpu", "threads=1")


@pytest.mark.parametrize("block", BLOCKS)
def test_an_example_runs_as_it_stands(block: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    exec(block, {})


def test_importing_snnexp_imports_nothing_heavy():
    code = "import sys, snnexp; dir(snnexp); print({'torch', 'hydra', 'numpy', 'yaml'} & set(sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout == "set()\n"


def test_what_is_not_there_is_an_attribute_error():
    assert {"compose", "train", "load", "lif"} < {*dir(snnexp)}
    with pytest.raises(AttributeError, match="no attribute 'trian'"):
        _ = snnexp.trian


def test_a_network_has_the_weights_that_training_begins_with():
    one, other = (snnexp.compose("backbone.width=2", f"seed={seed}").network() for seed in (1, 2))
    again = snnexp.compose("backbone.width=2", "seed=1").network()
    assert all(a.equal(b) for a, b in zip(one.parameters(), again.parameters(), strict=True))
    assert not one.head.weight.equal(other.head.weight)


def test_trains_the_run_of_the_command_line_and_loads_it(tmp_path: Path):
    from snnexp.commands import main

    words = [*SMALL, f"runs_dir={tmp_path}"]
    run = snnexp.train(*words)
    written = (run.folder / "result.json").stat().st_mtime_ns
    assert main(["train", *words]) == 0  # finds it finished
    assert (run.folder / "result.json").stat().st_mtime_ns == written
    found = snnexp.load(run.folder.name[:6], f"runs_dir={tmp_path}")
    assert found.folder == run.folder and found.result["test_accuracy"] == run.rows[-1]["test_accuracy"]


def test_refuses_what_needs_more_processes(tmp_path: Path):
    with pytest.raises(UserError, match=r"launch.nproc=2: .*`snnexp train`"):
        snnexp.train(*SMALL, "launch.nproc=2", f"runs_dir={tmp_path}")
    assert not list(tmp_path.iterdir())


def test_constants_not_given_are_those_of_the_yaml():
    x = torch.tensor([0.4, 0.45, 0.3]).view(3, 1, 1)
    out = snnexp.lif(x, return_v_pre=True)
    torch.testing.assert_close(out.v_pre.flatten(), torch.tensor([0.4, 0.55, 0.3]))  # decay 0.25, then reset to 0
    assert out.spikes.flatten().tolist() == [0.0, 1.0, 0.0]
    by_hand = snnexp.lif(x, decay=0.25, v_threshold=0.5, surrogate=Rectangle(width=1.0), return_v_pre=True)
    assert by_hand.v_pre.equal(out.v_pre)
    with pytest.raises(TypeError, match="leak"):
        snnexp.lif(x, leak=0.5)
