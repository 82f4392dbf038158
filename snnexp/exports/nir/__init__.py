"""NIR: the graph of a network in one time step, which other simulators and the tools of chips read."""

import copy
from collections.abc import Callable, Mapping, Sequence
from io import BytesIO
from pathlib import Path
from typing import Any, NamedTuple

import nir
import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode, handle_torch_function, has_torch_function_unary
from torch.utils._pytree import tree_leaves
from torch.utils.weak import WeakTensorKeyDictionary

from snnexp.exports.nir.nodes import DT, OPERATORS, Nodes, Shape, batch_norm, refusal
from snnexp.files import atomic
from snnexp.neurons.base import SpikingLayer
from snnexp.training.trained import Trained

# What changes nothing within a step: time folded into the batch and back, an image repeated, dropout in evaluation.
VIEWS = {"unsqueeze", "expand", "flatten", "unflatten", "dropout"}


def write(run: Trained, folder: Path) -> list[Path]:
    """Write `model.nir`. Logits are the mean of the graph's output over T steps, from potentials of 0.

    Raises:
        UserError: the network computes something that NIR cannot state.
    """
    graph = trace(run.network, run.example[-1:])
    graph.metadata = {"T": run.config["T"], "dt": DT, "run": run.result["id"]}
    path = folder / "model.nir"
    data: Any = BytesIO()  # h5py takes it, but nir's annotation knows raw files alone
    nir.write(data, graph)
    atomic.write(path, data.getbuffer())
    return [path]


@torch.no_grad()
def trace(network: nn.Module, x: Float[Tensor, "..."]) -> nir.NIRGraph:
    """Run a copy of the network on one step of one sample, its neurons only telling where they are."""
    network = copy.deepcopy(network)
    for parent in list(network.modules()):
        for name, child in parent.named_children():
            if isinstance(child, SpikingLayer):
                setattr(parent, name, Placeholder(child))
    with Tracer(x) as tracer:
        logits = network(x)
    return tracer.graph(logits)


def neuron(x: Float[Tensor, "..."], *, layer: SpikingLayer) -> Float[Tensor, "..."]:
    """Return a layer's forward pass as one operator that the tracer sees, of which only the shape is right."""
    if has_torch_function_unary(x):
        return handle_torch_function(neuron, (x,), x, layer=layer)
    return torch.zeros_like(x)


class Placeholder(nn.Module):
    """Stands in a network for a spiking layer, and calls `neuron` in its place."""

    def __init__(self, layer: SpikingLayer) -> None:
        super().__init__()
        self.layer, self.site = layer, layer.site

    def forward(self, x: Float[Tensor, "..."]) -> Float[Tensor, "..."]:
        return neuron(x, layer=self.layer)


class Signal(NamedTuple):
    """What a tensor holds in one step for one sample: the sum of what the nodes give, of this shape."""

    nodes: tuple[str, ...]
    shape: Shape


class Tracer(TorchFunctionMode):
    """Notes the nodes and edges of all that is computed from x while it is entered."""

    def __init__(self, x: Float[Tensor, "..."]) -> None:
        super().__init__()
        shape = tuple(x.shape[-3:])
        self.nodes: dict[str, nir.NIRNode] = {"input": nir.Input({"input": np.array(shape)})}
        self.edges: list[tuple[str, str]] = []
        self.signals = WeakTensorKeyDictionary({x: Signal(("input",), shape)})

    def __torch_function__(
        self, func: Callable[..., Any], types: Any, args: Sequence[Any] = (), kwargs: Mapping[str, Any] | None = None
    ) -> Any:
        kwargs = kwargs or {}
        out = func(*args, **kwargs)
        known = [each for each in tree_leaves((args, kwargs)) if isinstance(each, Tensor) and each in self.signals]
        if known and isinstance(out, Tensor):
            signals = [self.signals[each] for each in known]
            # Dimensions of time and batch, which stand before a signal's shape.
            before = known[0].dim() - len(signals[0].shape)
            self.signals[out] = self.note(func.__name__, signals, before, out, args[1:], kwargs)
        return out

    def note(
        self, name: str, signals: list[Signal], before: int, out: Tensor, args: Sequence[Any], kwargs: Mapping[str, Any]
    ) -> Signal:
        """Return the result's signal, by the operator's name, its signals and its arguments behind the first."""
        x, *others = signals
        first = args[0] if args else 0
        if name in ("add", "__add__") and others and not {*x.nodes} & {*others[0].nodes}:
            return Signal(x.nodes + others[0].nodes, x.shape)
        if name == "batch_norm" and not others:
            return self.fold(x, args, kwargs)
        if name == "mean" and before == 2 and first == 0:
            return x  # over time: whoever runs the graph takes it
        if name in OPERATORS and not others and not (name == "flatten" and first < before):
            return self.chain(x, OPERATORS[name](x.shape, *args, **kwargs), tuple(out.shape[before:]))
        if name in VIEWS and tuple(out.shape[-len(x.shape) :]) == x.shape:
            return x
        raise refusal(f"it has no node for {name}, which the network computes")

    def fold(self, x: Signal, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Signal:
        """Fold a norm into a copy of the convolution before it; other readers keep the convolution itself."""
        name, *more = x.nodes
        conv = self.nodes[name]
        if more or not isinstance(conv, nir.Conv2d):
            raise refusal("a norm that stands behind no convolution cannot be taken up in weights")
        sources = tuple(source for source, target in self.edges if target == name)
        return self.chain(Signal(sources, x.shape), batch_norm(conv, *args, **kwargs), x.shape)

    def chain(self, x: Signal, nodes: Nodes, shape: Shape) -> Signal:
        """Add nodes one behind the other, behind a signal; the last gives `shape`."""
        for kind, node in nodes.items():
            name = kind if isinstance(node, nir.LIF | nir.IF | nir.Output) else f"{kind}{len(self.nodes)}"
            self.edges += [(source, name) for source in x.nodes]
            self.nodes[name] = node
            x = Signal((name,), shape)
        return x

    def graph(self, out: Float[Tensor, "..."]) -> nir.NIRGraph:
        """Return all that `out` is computed from."""
        x = self.signals[out]
        used = {*self.chain(x, {"output": nir.Output({"output": np.array(x.shape)})}, x.shape).nodes}
        for name in reversed(self.nodes):
            used |= {source for source, target in self.edges if target == name and name in used}
        edges = [edge for edge in self.edges if edge[1] in used]
        return nir.NIRGraph({name: node for name, node in self.nodes.items() if name in used}, edges)
