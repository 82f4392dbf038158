"""This package: the operator, a whole training step as `snnexp train` does it, an evaluation, and a reader."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from snnexp.backbones.layers import NormSpike
from snnexp.bench.base.cases import Decode, Inference, LifCase, Recipe, StepCase
from snnexp.bench.base.inputs import CONSTANTS, SURROGATE, differentiated
from snnexp.bench.base.networks import compose_step, network_of
from snnexp.bench.base.timing import Run
from snnexp.bench.base.training import evaluation, training
from snnexp.config.compose import compose
from snnexp.datasets.base.forty_bit import forty_bit
from snnexp.datasets.base.order import in_order
from snnexp.neurons.base import Site
from snnexp.neurons.lif import Lif as LifNeuron
from snnexp.norms.layers import BatchNorm
from snnexp.ops.lif import lif as lif_operator
from snnexp.training import assembly


def lif(case: LifCase, variant: str) -> Run:
    """Run the operator forward and backward; with batch norm the layer, or the two apart (variant "pair")."""
    if not case.norm:
        return differentiated(case, spikes)
    channels = case.features[0]
    if variant == "pair":
        weight, bias = (torch.nn.Parameter(torch.ones(channels, device=case.device)) for _ in range(2))

        def pair(x: Tensor, *residual: Tensor) -> Tensor:
            y = F.batch_norm(x.flatten(0, 1), None, None, weight, bias, training=True).unflatten(0, x.shape[:2])
            return spikes(sum(residual, y))

        return differentiated(case, pair)
    site = Site("layer", 0, channels, case.T, "output" if case.residual else "inner")
    return differentiated(case, NormSpike(BatchNorm(channels), None, None, neuron(site)).to(case.device))


def spikes(x: Tensor) -> Tensor:
    """Return the operator's spikes."""
    return lif_operator(x, CONSTANTS, SURROGATE).spikes


def neuron(site: Site) -> LifNeuron:
    """Return the benchmarks' neuron as a layer."""
    return LifNeuron(site, SURROGATE, **vars(CONSTANTS))


def step(case: StepCase, variant: str) -> Run:
    """Return a training step with all that belongs to it: records, metrics and the optimizer.

    Variant "compile": torch.compile is given the network, in which it finds the reference on a CPU and our LIF
    kernels, without batch norm in them, on CUDA. In the variant "pair" batch norm and neurons are computed apart.
    """
    composed = compose_step(case)
    network = network_of(composed)
    if variant == "compile":
        torch.compiler.reset()  # every size gets code of its own
        network.compile()
    if variant == "pair":
        part(network)
    return training(case, assembly.make_trainer(composed, network))


def recipe(case: Recipe, variant: str) -> Run:
    """Return a training step of an experiment as its config has it; there is one variant."""
    composed = compose([*case.overrides])
    trainer = assembly.make_trainer(composed, network_of(composed), assembly.make_regularizers(composed))
    return training(case, trainer)


def inference(case: Inference, variant: str) -> Run:
    """Return an evaluation; in the variant "pair" batch norm is not folded into the neuron behind it.

    In the variant "unmeasured" the figures of potentials are left out, to see what they cost.
    """
    composed = compose_step(case)
    network = network_of(composed)
    if variant == "pair":
        part(network)
    return evaluation(case, assembly.make_trainer(composed, network), measures=variant != "unmeasured")


def part(network: nn.Module) -> None:
    """Compute batch norm and neurons apart: a layer whose norm has a hook keeps it."""
    for module in network.modules():
        if isinstance(module, BatchNorm):
            module.register_forward_hook(lambda *call: None)


def decode(case: Decode, variant: str) -> Run:
    """Return all files into events that were checked and lie in order of time."""

    def run() -> None:
        for path in case.paths:
            in_order(forty_bit(path, case.sensor), "sort")

    return run
