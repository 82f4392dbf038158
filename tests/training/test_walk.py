"""How far a reader of one training step has to go: from the loader to `optimizer.step()` through three layers."""

import sys
from itertools import pairwise
from pathlib import Path
from types import FrameType

import pytest

import snnexp
from snnexp.config.compose import compose
from snnexp.training.assembly import make
from snnexp.training.loading import load

PACKAGE = str(Path(snnexp.__file__).parent)


@pytest.fixture(scope="module")
def walk(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """The files of the functions that one batch of the quickstart calls, in their order; what is cached is cached."""
    composed = compose(["device=cpu", "T=2", f"runs_dir={tmp_path_factory.mktemp('runs')}"])
    dataset, trainer = make(composed)
    batches = load(composed, dataset, trainer)[0].epoch(0)
    trainer.network.train()
    trainer.step(*next(batches), 0)
    called: list[str] = []

    def note(frame: FrameType, event: str, _: object) -> None:
        if event == "call" and frame.f_code.co_filename.startswith(PACKAGE):
            called.append(frame.f_code.co_filename)

    before = sys.getprofile()
    sys.setprofile(note)
    try:
        trainer.step(*next(batches), 1)
    finally:
        sys.setprofile(before)
    return called


def test_a_batch_crosses_few_files(walk: list[str]):
    assert len(set(walk)) <= 20


def test_a_batch_seldom_moves_from_one_file_to_another(walk: list[str]):
    """A move is a call of a function of another file than the one called before it."""
    assert sum(one != other for one, other in pairwise(walk)) <= 63
