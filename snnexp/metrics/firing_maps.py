"""Where each channel fires at each step, on average over a test set, and whether it follows the events or the noise."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any

import torch
import torch.nn.functional as F
from jaxtyping import Bool, Float
from torch import Tensor, nn

from snnexp.neurons.base import Fires, SpikingLayer

SILENT, BUSY = 0.01, 0.5


class FiringMaps:
    """Sums of spikes `[T, C, H, W]` of each layer that has them in space, and of the events `[H, W]` they answer to."""

    def __init__(self) -> None:
        self.inputs = 0
        self.spikes: dict[str, Float[Tensor, "T C H W"]] = {}
        self.events: Float[Tensor, "H W"] | None = None

    @torch.no_grad()
    def add_input(self, x: Float[Tensor, "*T N C H W"]) -> None:
        """Count the samples of one forward pass, and their events where x is frames `[T, N, C, H, W]`."""
        self.inputs += x.shape[-4]
        if x.dim() == 5:
            events = x.sum((0, 1, 2))
            self.events = events if self.events is None else self.events + events

    @torch.no_grad()
    def add(self, name: str, spikes: Float[Tensor, "T N C H W"]) -> None:
        """Add one layer's spikes, of either sign; the sums are exact up to 2^24 samples."""
        total = spikes.abs().sum(1, dtype=torch.float32)
        self.spikes[name] = self.spikes[name] + total if name in self.spikes else total

    def merge(self, add_up: Callable[[Sequence[Tensor]], None]) -> None:
        """Take in what other processes saw; `add_up` makes tensors the sums of all processes'."""
        if self.spikes:
            device = next(iter(self.spikes.values())).device
            inputs = torch.full((), self.inputs, dtype=torch.float64, device=device)
            add_up([inputs, *self.spikes.values(), *([] if self.events is None else [self.events])])
            self.inputs = int(inputs)

    def mean(self, name: str) -> Float[Tensor, "T C H W"]:
        """Return the firing rate of each neuron of a layer at each step."""
        return self.spikes[name] / self.inputs

    def kinds(self, name: str) -> list[list[str]]:
        """Name each step and channel of a layer null, noise or normal; none is noise where the input was images."""
        maps = self.mean(name)
        null, noise = classify(maps, maps.new_zeros(maps.shape[-2:]) if self.events is None else self.events)
        words = [["normal", "noise", "null"][kind] for kind in (noise + 2 * null).flatten().tolist()]
        return [words[i : i + maps.shape[1]] for i in range(0, len(words), maps.shape[1])]

    def patterns(self) -> dict[str, dict[str, float]]:
        """Return by layer the fractions of null, noise and normal maps, and the share of its spikes in noise maps.

        Empty where the input was images: what noise is depends on where the events lie.
        """
        events = self.events
        return {} if events is None else {name: fractions(self.mean(name), events) for name in self.spikes}


def fractions(maps: Float[Tensor, "T C h w"], events: Float[Tensor, "H W"]) -> dict[str, float]:
    """Return null_maps, noise_maps and normal_maps, which add up to 1, and noise_spikes."""
    null, noise = classify(maps, events)
    spikes = maps.sum((-2, -1))
    share = (spikes * noise).sum() / spikes.sum().clamp(min=torch.finfo(maps.dtype).tiny)
    normal = ~(null | noise)
    values = torch.stack([null.float().mean(), noise.float().mean(), normal.float().mean(), share]).tolist()
    return dict(zip(("null_maps", "noise_maps", "normal_maps", "noise_spikes"), values, strict=True))


def classify(
    maps: Float[Tensor, "T C h w"], events: Float[Tensor, "H W"]
) -> tuple[Bool[Tensor, "T C"], Bool[Tensor, "T C"]]:
    """Return which maps of step and channel are null, and which are noise; the others are normal.

    null:  max < 0.01
    noise: else, corr(map, events) < 0 and mean > 0.5, with the events pooled to the map's grid
    A map or an input that is the same everywhere has no correlation and is not noise. The rule is ours: ASA's paper
    names the patterns and gives no test for them.
    """
    pooled = F.adaptive_avg_pool2d(events[None], (maps.shape[-2], maps.shape[-1]))[0]
    null = maps.amax((-2, -1)) < SILENT
    covariance = (centred(maps) * centred(pooled)).sum((-2, -1))  # has the sign of the correlation
    return null, ~null & (covariance < 0) & (maps.mean((-2, -1)) > BUSY)


def centred(x: Float[Tensor, "*any h w"]) -> Float[Tensor, "*any h w"]:
    """Subtract from x its mean in space, in float64; exactly 0 where x is the same everywhere."""
    x = x.double() - x[..., :1, :1]
    return x - x.mean((-2, -1), keepdim=True)


@contextmanager
def mapping(network: nn.Module) -> Iterator[FiringMaps]:
    """Add up each forward pass of the network within the block; no hook outlives it."""
    maps = FiringMaps()

    def add_input(_: nn.Module, args: tuple[Tensor, ...]) -> None:
        maps.add_input(args[0])

    def add(name: str, _: nn.Module, __: tuple[Any, ...], spikes: Tensor) -> None:
        if spikes.dim() == 5:
            maps.add(name, spikes)

    # A neuron that is hooked runs apart from its norm: the layer of both gives the same spikes.
    layers = {m.neuron: m for m in network.modules() if isinstance(m, Fires)}
    neurons = [m for m in network.modules() if isinstance(m, SpikingLayer)]
    handles = [network.register_forward_pre_hook(add_input)]
    handles += [layers.get(m, m).register_forward_hook(partial(add, m.site.name)) for m in neurons]
    try:
        yield maps
    finally:
        for handle in handles:
            handle.remove()
