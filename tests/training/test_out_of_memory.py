"""Running out of memory, for real: the process's address space is limited."""

import subprocess
import sys
from pathlib import Path

import pytest

from snnexp.commands import main

LIMITED = """
import resource, sys
from snnexp.commands import main
import snnexp.training.run, torch, torchvision
torch.set_num_threads(1)
used = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (used + 1000 * 2**20,) * 2)
sys.exit(main(["train", *sys.argv[1:]]))
"""
SMALL = ["trainer.epochs=1", "backbone.width=16", "trainer.batch_size=718", "trainer.eval_batch_size=40", "T=32"]


def train(folder: Path, *overrides: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", LIMITED, *SMALL, f"runs_dir={folder}", *overrides]
    return subprocess.run(command, capture_output=True, text=True)


def test_out_of_memory_is_one_line_with_remedies(tmp_path):
    done = train(tmp_path)
    assert done.returncode == 1
    line = done.stderr.strip().splitlines()[-1]
    assert "Traceback" not in done.stderr
    assert all(word in line for word in ("718", "T=32", "Convnet"))
    assert all(remedy in line for remedy in ("auto_accumulate=true", "checkpoint_activations=true", "batch_size"))


TESTED = """
import resource, torch
from snnexp.config.compose import compose
from snnexp.training.assembly import make
from snnexp.training.evaluation import evaluate
from snnexp.training.loading import load
torch.set_num_threads(1)
composed = compose(["device=cpu", "T=64", "backbone.width=64", "trainer.eval_batch_size=360"])
dataset, trainer = make(composed)
test = load(composed, dataset, trainer).test
used = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (used + 300 * 2**20,) * 2)
evaluate([trainer.objective], test, trainer.team)
"""


def test_weights_that_no_memory_holds_are_one_line(tmp_path: Path, capsys: pytest.CaptureFixture):
    for width, more in (("2000000", "can't allocate memory"), ("1000000000000", "")):
        words = [f"backbone.width={width}", "T=1", "device=cpu", f"runs_dir={tmp_path}"]
        assert main(["train", *words]) == 1
        told = capsys.readouterr().err
        assert told.startswith("snnexp: backbone=snnexp.backbones.convnet.Convnet: memory does not hold its weights")
        assert more in told and told.count("\n") == 1 and not list(tmp_path.iterdir())


def test_out_of_memory_in_a_test_names_what_helps_there():
    done = subprocess.run([sys.executable, "-c", TESTED], capture_output=True, text=True)
    line = done.stderr.strip().splitlines()[-1]
    assert line.startswith(
        "snnexp.training.out_of_memory.OutOfMemory: out of memory: a test batch of 360 at T=64 in Convnet does not fit"
    )
    assert all(remedy in line for remedy in ("trainer.eval_batch_size", "trainer.amp=true", "a smaller T"))


SPLIT = """
import resource, torch
from torch import nn
from snnexp.training.out_of_memory import in_parts_that_fit
torch.set_num_threads(1)  # each thread takes address space of its own
torch.ones(2**20)
used = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (used + 400 * 2**20,) * 2)
network = nn.BatchNorm1d(3)
network.T = 1

def work(parts):
    network.running_mean += 1
    return len(torch.ones(2**30 // parts, dtype=torch.uint8))

print(*in_parts_that_fit(network, work, 1, 7, [b.clone() for b in network.buffers()]), *network.running_mean.tolist())
"""


def test_doubles_the_parts_until_one_fits_and_puts_the_buffers_back():
    done = subprocess.run([sys.executable, "-c", SPLIT], capture_output=True, text=True)
    assert done.stdout.split() == [str(2**30 // 4), "4", "1.0", "1.0", "1.0"], done.stderr
