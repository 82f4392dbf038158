"""Synaptic operations and the energy they stand for, by NeuroBench's definitions and under its names."""

import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import torch
import torch.nn.functional as F
from jaxtyping import Bool, Float
from torch import Tensor, nn

from snnexp.neurons.base import SpikingLayer
from snnexp.ops.product import Product

# Energy of 32-bit floating point in pJ: M. Horowitz, "Computing's energy problem", ISSCC 2014.
MAC, AC, PROCESS = 4.6, 0.9, "45 nm"
ROWS = 64  # of a layer's input that are held in float32 at once


class SynapticOperations:
    """What a network's convolutions, linear layers and attention compute, summed over the forward passes seen.

    A product counts where neither input nor weight is 0; biases, and what reaches over the edge, do not. It is an
    accumulation (AC) where the layer's whole input lies in {-1, 0, 1}, else a multiplication and accumulation (MAC).
    Of attention's products of two inputs, NeuroBench knows none; an AC is one of whose factors all lie in {-1, 0, 1}.
    The first layer is MAC whatever its input. So spikes that were average-pooled are MAC: NeuroBench sees multiples of
    1/4 and not that the pooling could be moved behind the convolution. A layer counts as often as it runs: the stem
    once for a static image, the readout once, on the mean over T, or at each step for a loss that sees each.

    NeuroBench takes an input of other whole numbers for MAC. In a network that is `graded`, whose neurons may fire
    several spikes in a step, a whole number n counts as n accumulations instead, behind the first layer.

    Source: NeuroBench 2.3.0 SynapticOperations.
    """

    def __init__(self, graded: bool = False) -> None:
        self.graded = graded
        self.inputs = 0
        self.layers: dict[str, Tensor] = {}  # MACs, ACs and dense operations, in float64 on the device

    @torch.no_grad()
    def add(self, name: str, layer: nn.Conv2d | nn.Linear | Product, *inputs: Float[Tensor, "..."]) -> None:
        """Count one call; nothing here waits for the device."""
        first = next(iter(self.layers), name) == name
        counts = self.graded and not first and not isinstance(layer, Product)
        whole = (inputs[0] == inputs[0].round()).all() if counts else None
        with torch.autocast(inputs[0].device.type, enabled=False):  # the sums are exact in float32
            effective, dense = of_product(*inputs) if isinstance(layer, Product) else of_layer(layer, inputs[0], whole)
        spiking = torch.stack([is_spikes(x) for x in inputs]).any() if whole is None else whole
        spiking = spiking.double() * (not first)
        counted = torch.stack([effective * (1 - spiking), effective * spiking, dense])
        self.layers[name] = self.layers.get(name, 0) + counted

    def merge(self, add_up: Callable[[Sequence[Tensor]], None]) -> None:
        """Take in what other processes saw; `add_up` makes tensors the sums of all processes'."""
        inputs = torch.full_like(next(iter(self.layers.values()))[0], self.inputs)
        add_up([inputs, *self.layers.values()])
        self.inputs = int(inputs)

    def compute(self) -> dict[str, Any]:
        """Return Effective_MACs, Effective_ACs and Dense of one input, on average, its energy in pJ, and each layer's.

        Dense counts products with 0 as well. An input is what one forward pass takes per row: of a recording that is
        tested in several clips, one clip.
        """
        rows = (torch.stack([*self.layers.values()]) / self.inputs).tolist()
        layers = [{"name": name, **named(*row)} for name, row in zip(self.layers, rows, strict=True)]
        total = named(*(sum(column) for column in zip(*rows, strict=True)))
        constants = {"process": PROCESS, "pj_per_mac": MAC, "pj_per_ac": AC}
        energy = MAC * total["Effective_MACs"] + AC * total["Effective_ACs"]
        return {**total, "energy_pj": energy, "energy_constants": constants, "layers": layers}


def of_layer(
    layer: nn.Conv2d | nn.Linear, x: Float[Tensor, "..."], whole: Bool[Tensor, ""] | None = None
) -> tuple[Tensor, Tensor]:
    """Count products of a layer's inputs with its weights, where neither is 0, and all; of `whole` x see `used`."""
    return products(layer, uses(layer, x, whole), fan_out(layer)), dense_products(layer, x.shape)


def of_product(a: Float[Tensor, "*batch m k"], b: Float[Tensor, "*batch k n"]) -> tuple[Tensor, Tensor]:
    """Count the products within a @ b, where neither factor is 0, and all."""
    rows, columns = (a != 0).sum(-2, dtype=torch.float64), (b != 0).sum(-1, dtype=torch.float64)
    effective = (rows * columns).sum()
    return effective, torch.full_like(effective, a.numel() * b.shape[-1])


def uses(layer: nn.Conv2d | nn.Linear, x: Float[Tensor, "..."], whole: Bool[Tensor, ""] | None) -> Float[Tensor, "..."]:
    """Count how often each input of a layer, `[C, H, W]` or `[features]`, is `used` over all rows."""
    if isinstance(layer, nn.Linear):
        return used(x, whole).flatten(0, -2).sum(0, dtype=torch.float64)
    total = torch.zeros(x.shape[1:], device=x.device).movedim(0, -1)
    for some in x.movedim(1, -1).split(ROWS):  # channels last, as the tensor lies: the product reads it in order
        each = used(some, whole)
        total += (each.new_ones(len(each)) @ each.flatten(1)).view(total.shape)
    return total.double().movedim(-1, 0)


def used(x: Float[Tensor, "*any"], whole: Bool[Tensor, ""] | None) -> Float[Tensor, "*any"]:
    """Return 1 where x is not 0, else 0; |x| where it is `whole`."""
    once = (x != 0).float()
    return once if whole is None else torch.where(whole, x.abs().float(), once)


def is_spikes(x: Float[Tensor, "..."]) -> Bool[Tensor, ""]:
    """Return whether all of x lies in {-1, 0, 1}."""
    within = x == 0
    for value in (-1, 1):
        within |= x == value
    return within.all()


def fan_out(layer: nn.Conv2d | nn.Linear) -> Float[Tensor, "..."]:
    """Count the weights other than 0 that read an input, summed over the outputs of its group."""
    return (layer.weight != 0).float().unflatten(0, (groups(layer), -1)).sum(1).double()


def dense_products(layer: nn.Conv2d | nn.Linear, shape: Sequence[int]) -> Float[Tensor, ""]:
    """Count the products of a layer's weights with an input `[N, C, H, W]` or `[..., features]`, those with 0 too."""
    one, parts = shape[-1:] if isinstance(layer, nn.Linear) else shape[1:], groups(layer)
    new = {"dtype": torch.float64, "device": layer.weight.device}
    every = torch.full(tuple(one), math.prod(shape) / math.prod(one), **new)
    return products(layer, every, torch.full((parts, *layer.weight.shape[1:]), layer.weight.shape[0] / parts, **new))


def groups(layer: nn.Conv2d | nn.Linear) -> int:
    """Count the parts of a layer's outputs that read inputs of their own."""
    return layer.groups if isinstance(layer, nn.Conv2d) else 1


def products(layer: nn.Conv2d | nn.Linear, x: Float[Tensor, "..."], weights: Float[Tensor, "..."]) -> Float[Tensor, ""]:
    """Sum over all products of inputs with the weights that read them."""
    if isinstance(layer, nn.Linear):
        return (x * weights).sum()
    return F.conv2d(x[None], weights, None, layer.stride, layer.padding, layer.dilation, layer.groups).sum()


def named(macs: float, acs: float, dense: float) -> dict[str, float]:
    """Return three counts by NeuroBench's names."""
    return {"Effective_MACs": macs, "Effective_ACs": acs, "Dense": dense}


@contextmanager
def counting(network: nn.Module) -> Iterator[SynapticOperations]:
    """Count the operations of each forward pass within the block; no hook outlives it."""
    graded = any(each.levels[1] > 1 for each in network.modules() if isinstance(each, SpikingLayer))
    operations = SynapticOperations(graded)

    def count_inputs(_: nn.Module, __: tuple[Any, ...], logits: Tensor) -> None:
        operations.inputs += logits.shape[-2]

    handles = [network.register_forward_hook(count_inputs)]
    for name, layer in network.named_modules():
        if isinstance(layer, nn.Conv2d | nn.Linear | Product):

            def count(layer: nn.Conv2d | nn.Linear | Product, args: tuple[Tensor, ...], name: str = name) -> None:
                operations.add(name, layer, *args)

            handles.append(layer.register_forward_pre_hook(count))
    try:
        yield operations
    finally:
        for handle in handles:
            handle.remove()
