"""SpikingJelly: its LIFNode in multi-step mode, and the same networks from its layers, trained as it documents it.

The words of a variant: "precision" its bfloat16 configuration of neurons and network; "compile" torch.compile;
"channels_last" that layout; "state" (operator only) its functional form with a float32 state. Without any, as it comes.
"""

import itertools
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import torch
import torch.nn.functional as F
from spikingjelly.activation_based import functional, layer, neuron, surrogate
from spikingjelly.activation_based.precision import PrecisionConfig, prepare_model_for_precision
from torch import Tensor, nn

from snnexp.bench.base.cases import Case, Inference, LifCase, StepCase
from snnexp.bench.base.inputs import ALPHA, DECAY, V_THRESHOLD, differentiated
from snnexp.bench.base.timing import Run

TAU = 1 / (1 - DECAY)
Context = Callable[[], AbstractContextManager[Any]]


def node() -> nn.Module:
    """Return the benchmarks' neuron."""
    return neuron.LIFNode(
        tau=TAU,
        decay_input=False,
        v_threshold=V_THRESHOLD,
        v_reset=0.0,
        surrogate_function=surrogate.ATan(alpha=ALPHA),
        step_mode="m",
    )


def configured(case: Case, module: nn.Module, variant: str) -> tuple[Callable[..., Tensor], Context]:
    """Return the module in its variant, and the context to call it in."""
    device = torch.device(case.device)
    module = module.to(device)
    if "channels_last" in variant:
        module = module.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    if "precision" in variant:
        config = PrecisionConfig(mode="bf16", neuron_storage="bf16")
        prepared = prepare_model_for_precision(module, device, config)
        return prepared.model, prepared.autocast_context
    if "compile" in variant:
        torch.compiler.reset()  # every size gets code of its own
        module = torch.compile(module)  # type: ignore[assignment]
    if case.dtype == "bfloat16":
        return module, lambda: torch.autocast(device.type, torch.bfloat16)
    return module, nullcontext


def lif(case: LifCase, variant: str) -> Run:
    """Run the neuron forward and backward, its state made again each time."""
    if variant == "state":
        return differentiated(case, functional_form)
    neurons = node()
    call, context = configured(case, neurons, variant)

    def operator(x: Tensor) -> Tensor:
        functional.reset_net(neurons)
        with context():
            return call(x)

    return differentiated(case, operator)


def functional_form(x: Tensor) -> Tensor:
    """Return the functional form, whose fast path asks for a float32 state."""
    v = torch.zeros(x.shape[1:], device=x.device)
    return functional.lif_multi_step(x, v, TAU, False, V_THRESHOLD, 0.0, surrogate.ATan(alpha=ALPHA))[0]


def step(case: StepCase, variant: str) -> Run:
    """Return a training step in SpikingJelly's manner: the image T times, cross-entropy of the mean over T, reset."""
    network = build(case.network, case.width)
    call, context = configured(case, network, variant)
    optimizer = torch.optim.SGD(network.parameters(), lr=0.1, momentum=0.9, weight_decay=1e-4)
    x = torch.randn(case.shape, device=case.device)
    y = torch.randint(10, (case.N,), device=case.device)

    def run() -> None:
        optimizer.zero_grad()
        with context():
            logits = call(x.unsqueeze(0).repeat(case.T, 1, 1, 1, 1)).mean(0)
            loss = F.cross_entropy(logits, y)
        loss.backward()
        optimizer.step()
        functional.reset_net(network)

    return run


def inference(case: Inference, variant: str) -> Run:
    """Compute logits in SpikingJelly's manner: the image T times, their mean over T, reset."""
    network = build(case.network, case.width).eval()
    call, context = configured(case, network, variant)
    x = torch.randn(case.shape, device=case.device)

    @torch.no_grad()
    def run() -> None:
        with context():
            call(x.unsqueeze(0).repeat(case.T, 1, 1, 1, 1)).mean(0)
        functional.reset_net(network)

    return run


class Block(nn.Module):
    """out = LIF(BN(conv3x3(LIF(BN(conv3x3(x))))) + shortcut(x))."""

    def __init__(self, before: int, after: int, stride: int, pool: bool) -> None:
        super().__init__()
        changes = before != after or stride != 1
        self.inner = nn.Sequential(layer.Conv2d(before, after, 3, stride, 1, bias=False), layer.BatchNorm2d(after))
        self.first = node()
        self.outer = nn.Sequential(layer.Conv2d(after, after, 3, 1, 1, bias=False), layer.BatchNorm2d(after))
        self.second = node()
        pools = [layer.AvgPool2d(stride, ceil_mode=True, count_include_pad=False)] if pool else []
        conv = layer.Conv2d(before, after, 1, 1 if pool else stride, bias=False)
        self.shortcut = nn.Sequential(*pools, conv, layer.BatchNorm2d(after)) if changes else nn.Identity()

    def forward(self, x: Tensor) -> Tensor:
        return self.second(self.outer(self.first(self.inner(x))) + self.shortcut(x))


class Readout(nn.Module):
    """Mean over the image, then a linear layer."""

    def __init__(self, features: int) -> None:
        super().__init__()
        self.linear = layer.Linear(features, 10)

    def forward(self, x: Tensor) -> Tensor:
        return self.linear(x.mean((-2, -1)))


def build(network: str, width: int) -> nn.Sequential:
    """Build `resnet19` or `resnet20` of `snnexp.backbones` from SpikingJelly's layers."""
    w, pool = width, network == "resnet20"
    stem: list[nn.Module] = []
    for before, after in [(3, w), *([(w, w)] * 2 if pool else [])]:
        stem += [layer.Conv2d(before, after, 3, padding=1, bias=False), layer.BatchNorm2d(after), node()]
    stem += [layer.AvgPool2d(2)] if pool else []
    counts = [2, 2, 2, 2] if pool else [3, 3, 2]
    widths = list(itertools.chain([w], *([w * 2**i] * count for i, count in enumerate(counts))))
    blocks = [Block(a, b, 1 if a == b else 2, pool) for a, b in itertools.pairwise(widths)]
    made = nn.Sequential(*stem, *blocks, Readout(widths[-1]))
    functional.set_step_mode(made, "m")
    return made
