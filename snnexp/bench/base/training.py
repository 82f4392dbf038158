"""A training step as `snnexp train` does it, and an evaluation as `snnexp eval` does it, on random images or frames."""

import itertools

import torch

from snnexp.bench.base.cases import Recipe, StepCase
from snnexp.bench.base.timing import Run
from snnexp.neurons.base import recording
from snnexp.ops.lif import measuring
from snnexp.training.trainer import Trainer


def training(case: StepCase | Recipe, trainer: Trainer) -> Run:
    """Return a step with all that belongs to it: records, metrics and the optimizer."""
    x = torch.randn(case.shape, device=case.device)
    y = torch.randint(10, (case.N,), device=case.device)
    trainer.network.train()
    steps = itertools.count()
    return lambda: trainer.step(x, y, next(steps))


def evaluation(case: StepCase, trainer: Trainer, measures: bool = True) -> Run:
    """Make a run that computes a batch's logits and the layers' records, as `Trainer.evaluate` does.

    Unless it `measures`, the records lack the figures of potentials, which no training step has.
    """
    x = torch.randn(case.shape, device=case.device)
    trainer.network.eval()

    @torch.no_grad()
    def run() -> None:
        with recording(), measuring(measures):
            trainer.objective.forward(x)

    return run
