"""Training with any part stops and resumes to the same bits: all that it holds is in the trainer's state."""

import copy

import pytest
import torch

from snnexp.config.compose import compose
from snnexp.config.places import options
from snnexp.config.schema import SEVERAL
from snnexp.training.assembly import make
from snnexp.training.trainer import Trainer

GROUPS = ("loss", "norm", "surrogate", "regularizer", "mixing")
PARTS = [f"{group}={f'[{name}]' if group in SEVERAL else name}" for group in GROUPS for name in options(group)]
PARTS += ["mixing=[mixup,cutmix]", "trainer=ema"]
STEPS = 4
SMALL = ["backbone.width=2", "T=4", "device=cpu"]


def steps(trainer: Trainer, first: int, end: int) -> Trainer:
    """Train for some steps of a training in which each is an epoch."""
    trainer.network.train()
    for step in range(first, end):
        generator = torch.Generator().manual_seed(step)
        trainer.objective.progress.fill_(step / STEPS)
        trainer.step(3 * torch.rand(4, 1, 8, 8, generator=generator), torch.arange(4), step)
    return trainer


@pytest.mark.parametrize("part", PARTS)
def test_resumes_to_the_same_bits(part: str):
    composed = compose([*SMALL, part])
    fresh = make(composed)[1].network.state_dict()
    whole = steps(make(composed)[1], 0, STEPS).evaluated.network.state_dict()
    stopped = copy.deepcopy(steps(make(composed)[1], 0, STEPS // 2).state())
    resumed = make(composed)[1]
    resumed.restore(stopped)
    found = steps(resumed, STEPS // 2, STEPS).evaluated.network.state_dict()
    assert all(torch.equal(found[name], value) for name, value in whole.items())
    assert not all(torch.equal(fresh[name], value) for name, value in whole.items())
