"""The ReLU twin is the network without its neurons, trained by the same trainer."""

import torch

from snnexp.bench.base import StepCase
from snnexp.bench.base.networks import compose_step, network_of
from snnexp.bench.base.training import training
from snnexp.bench.contenders.relu import twin
from snnexp.neurons.base import SpikingLayer

CASE = StepCase(name="resnet20", device="cpu", dtype="float32", T=2, N=3, network="resnet20", width=2, size=16)


def test_same_parameters_no_neurons_and_t_times_as_many_images():
    trainer, images = twin(CASE)
    spiking = network_of(compose_step(CASE))
    assert [p.shape for p in trainer.network.parameters()] == [p.shape for p in spiking.parameters()]
    assert not any(isinstance(module, SpikingLayer) for module in trainer.network.modules())
    assert images.shape == (6, 3, 16, 16)


def test_a_step_trains_every_parameter():
    trainer, images = twin(CASE)
    before = [p.detach().clone() for p in trainer.network.parameters()]
    training(images, trainer)()
    assert not any(torch.equal(a, b) for a, b in zip(before, trainer.network.parameters(), strict=True))
