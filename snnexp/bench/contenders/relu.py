"""The ReLU twin: the same network with ReLU in place of its neurons, trained the same way on T times as many images."""

from dataclasses import replace

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn

from snnexp.bench.base.cases import Inference, StepCase
from snnexp.bench.base.networks import compose_step, network_of
from snnexp.bench.base.timing import Run
from snnexp.bench.base.training import evaluation, training
from snnexp.neurons.base import RECORDER, Record, Site, SpikingLayer
from snnexp.training import assembly
from snnexp.training.trainer import Trainer


class Relu(nn.Module):
    """max(0, x), with a record of no meaning where the spiking layer would leave one."""

    def __init__(self, site: Site) -> None:
        super().__init__()
        self.site = site
        self.nothing = nn.Buffer(torch.zeros(()))

    def forward(self, x: Float[Tensor, "S N *feat"], T: int | None = None) -> Float[Tensor, "S N *feat"]:
        recorder = RECORDER.get()
        if recorder is not None:
            recorder.records.append(Record(self.site, self.nothing, self.nothing, None, x[0, 0].numel()))
        return F.relu(x)


def step(case: StepCase, variant: str) -> Run:
    """Return a training step of the twin on T * N images, what a step can cost at best."""
    trainer, images = twin(case)
    return training(images, trainer)


def inference(case: Inference, variant: str) -> Run:
    """Return an evaluation of the twin on T * N images."""
    trainer, images = twin(case)
    return evaluation(images, trainer)


def twin(case: StepCase) -> tuple[Trainer, StepCase]:
    """Return the twin's trainer, and the case of its images."""
    images = replace(case, T=1, N=case.T * case.N)
    composed = compose_step(images)
    network = network_of(composed)
    for module in list(network.modules()):
        for name, child in module.named_children():
            if isinstance(child, SpikingLayer):
                setattr(module, name, Relu(child.site))
    return assembly.make_trainer(composed, network), images
