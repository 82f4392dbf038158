"""Five steps in float64 of a team's process, or of one that does all the work; what it reached goes to a file."""

import os
from collections.abc import Mapping

import torch

from snnexp.config.compose import compose
from snnexp.machine.team import Team
from snnexp.training.assembly import make
from snnexp.training.loading import load

TRAIN = ["device=cpu", "T=2", "backbone=resnet20", "backbone.width=4", "trainer.batch_size=22", "threads=1"]
TRAIN += ["regularizer=[rmp]", "regularizer.rmp.schedule=constant"]  # else lambda is 0 in the first epoch


def work(environment: Mapping[str, str], out: str, norm: str, parts: str) -> None:
    """Work in a new process, with the norm "frozen" or "whole", the batch split into so many parts."""
    os.environ.update(environment)
    composed = compose([*TRAIN, f"trainer.accumulate={parts}", f"launch.sync_batch_norm={norm == 'whole'}"])
    with Team("cpu") as team:
        dataset, trainer = make(composed, team)
        trainer.network.double().train(norm == "whole")
        for state in trainer.optimizer.state.values():
            state["momentum_buffer"] = state["momentum_buffer"].double()
        loader = load(composed, dataset, trainer).train
        batches = list(loader.epoch(0))
        gradients = []
        for step, (x, y) in enumerate([*batches[:4], batches[-1]]):  # the last one is smaller, and odd
            trainer.step(x.double(), y, step)
            gradients.append([p.grad.clone() for p in trainer.network.parameters()])
        sums = trainer.step.tally.sums
        state = trainer.network.state_dict()
        torch.save(
            {"gradients": gradients[0], "last": gradients[-1], "state": state, "sums": sums}, f"{out}-{team.rank}"
        )
