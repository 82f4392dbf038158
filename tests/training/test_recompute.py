"""Activations computed again give the same training, in less memory."""

import pytest
import torch

from snnexp.config.compose import compose
from snnexp.training.assembly import make

TINY = ["device=cpu", "T=3", "backbone.width=4", "trainer.batch_size=6"]


def trained(x: torch.Tensor, y: torch.Tensor, overrides: list[str]) -> tuple[dict[str, torch.Tensor], float]:
    """State after three steps, and the loss."""
    _, trainer = make(compose([*TINY, *overrides]))
    trainer.network.train()
    for step in range(3):
        trainer.step(x, y, step)
    return trainer.network.state_dict(), trainer.step.tally.compute()["loss"]


# a static image, whose stem has a batch norm of one step; blocks; a gate; a loss on tensors that the records hold
@pytest.mark.parametrize(
    "overrides",
    [
        [],
        ["backbone=resnet20", "regularizer=[rmp]"],
        ["backbone=resnet20", "regularizer=[rmp,asa]", "regularizer.rmp.tensor=x", "regularizer.rmp.schedule=constant"],
        ["backbone=sew_resnet18", "neuron=plif"],
    ],
    ids=["convnet", "resnet20-rmp", "resnet20-rmp-asa", "sew_resnet18"],
)
def test_the_same_weights_statistics_and_loss(overrides):
    draw = torch.Generator().manual_seed(0)
    x, y = torch.rand(6, 1, 8, 8, generator=draw), torch.arange(6)
    kept, loss = trained(x, y, overrides)
    again, same_loss = trained(x, y, [*overrides, "trainer.checkpoint_activations=true"])
    assert kept.keys() == again.keys() and loss == same_loss
    assert [name for name in kept if not torch.equal(kept[name], again[name])] == []


def held(overrides: list[str]) -> int:
    """Bytes that wait for the backward pass of one step."""
    _, trainer = make(compose([*TINY, "T=16", "backbone=resnet20", *overrides]))
    total = 0

    def pack(tensor: torch.Tensor) -> torch.Tensor:
        nonlocal total
        total += tensor.nbytes
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor):
        trainer.objective(torch.rand(6, 1, 32, 32), torch.arange(6))
    return total


def test_holds_less_for_the_backward_pass():
    assert held(["trainer.checkpoint_activations=true"]) < 0.6 * held([])  # half of it is the stem, which is stored
