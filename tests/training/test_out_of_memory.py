"""Running out of memory, for real: the address space of a forked process is limited."""

import os
import resource
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from torch import nn
from trainings import FORKS

from snnexp.commands import main
from snnexp.config.compose import compose
from snnexp.training.assembly import make
from snnexp.training.evaluation import evaluate
from snnexp.training.loading import load
from snnexp.training.out_of_memory import in_parts_that_fit

SMALL = ["trainer.epochs=1", "backbone.width=16", "trainer.batch_size=718", "trainer.eval_batch_size=40", "T=32"]
Prepare = Callable[[Path], Callable[[], object]]  # what is done in memory without a limit, and returns what is limited


def limited(prepare: Prepare, more: int, folder: Path) -> None:
    """Work with so many MiB more than are there, and print what it returns, within the new process."""
    with (folder / "said").open("w") as file:
        os.dup2(file.fileno(), 2)
        os.dup2(file.fileno(), 1)
    torch.set_num_threads(1)  # each thread takes address space of its own
    work = prepare(folder)
    most = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize() + more * 2**20
    resource.setrlimit(resource.RLIMIT_AS, (most, most))
    print(work())


def said(prepare: Prepare, more: int, folder: Path) -> str:
    process = FORKS.Process(target=limited, args=(prepare, more, folder))
    process.start()
    process.join()
    return (folder / "said").read_text().strip()


def to_train(folder: Path) -> Callable[[], object]:
    import torchvision  # noqa: F401 - takes address space, too

    return lambda: main(["train", *SMALL, f"runs_dir={folder}"])


def test_out_of_memory_is_one_line_with_remedies(tmp_path: Path):
    text = said(to_train, 1000, tmp_path)
    *_, line, status = text.splitlines()
    assert status == "1" and "Traceback" not in text
    assert all(word in line for word in ("718", "T=32", "Convnet"))
    assert all(remedy in line for remedy in ("auto_accumulate=true", "checkpoint_activations=true", "batch_size"))


def test_weights_that_no_memory_holds_are_one_line(tmp_path: Path, capsys: pytest.CaptureFixture):
    for width, more in (("2000000", "can't allocate memory"), ("1000000000000", "")):
        words = [f"backbone.width={width}", "T=1", "device=cpu", f"runs_dir={tmp_path}"]
        assert main(["train", *words]) == 1
        told = capsys.readouterr().err
        assert told.startswith("snnexp: backbone=snnexp.backbones.convnet.Convnet: memory does not hold its weights")
        assert more in told and told.count("\n") == 1 and not list(tmp_path.iterdir())


def to_test(folder: Path) -> Callable[[], object]:
    composed = compose(["device=cpu", "T=64", "backbone.width=64", "trainer.eval_batch_size=360"])
    dataset, trainer = make(composed)
    test = load(composed, dataset, trainer).test
    return lambda: evaluate([trainer.objective], test, trainer.team)


def test_out_of_memory_in_a_test_names_what_helps_there(tmp_path: Path):
    line = said(to_test, 300, tmp_path).splitlines()[-1]
    assert line.startswith(
        "snnexp.training.out_of_memory.OutOfMemory: out of memory: a test batch of 360 at T=64 in Convnet does not fit"
    )
    assert all(remedy in line for remedy in ("trainer.eval_batch_size", "trainer.amp=true", "a smaller T"))


class Norm(nn.BatchNorm1d):
    T = 1


def to_split(folder: Path) -> Callable[[], object]:
    network = Norm(3)

    def work(parts: int) -> int:
        network.get_buffer("running_mean").add_(1)
        return len(torch.ones(2**30 // parts, dtype=torch.uint8))

    def split() -> list[float]:
        found = in_parts_that_fit(network, work, 1, 7, [b.clone() for b in network.buffers()])
        return [*found, *network.get_buffer("running_mean").tolist()]

    return split


def test_doubles_the_parts_until_one_fits_and_puts_the_buffers_back(tmp_path: Path):
    assert said(to_split, 400, tmp_path).splitlines()[-1] == str([2**30 // 4, 4, 1.0, 1.0, 1.0])
