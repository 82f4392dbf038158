"""What networks are made of: convolution and norm on folded time, and norm + neuron as one layer."""

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.modules.module import _has_any_global_hook

from snnexp.neurons.base import RECORDER, Fires, Role, Site, SpikingLayer
from snnexp.norms.base import Norm, NormSite, Place
from snnexp.norms.layers import BatchNorm


class OverTime(nn.Module):
    """Applies `module` to every time step at once, time folded into the batch."""

    def __init__(self, module: nn.Module) -> None:
        super().__init__()
        self.module = module

    def forward(self, x: Float[Tensor, "S N ..."]) -> Float[Tensor, "S N ..."]:
        return self.module(x.flatten(0, 1)).unflatten(0, x.shape[:2])


class Conv2d(nn.Conv2d):
    """PyTorch's convolution, drawn as PyTorch does, without two faults of its on a CPU.

    Channels last and below 8 channels, the gradient of 2.15's strided 1x1 convolution is written beyond its memory. In
    bfloat16 the gradient of the weights of one whose stride is larger than the map is partly memory that nobody wrote,
    numbers or NaN; a stride of the map's size reaches the same one place.
    """

    def forward(self, input: Float[Tensor, "N C H W"]) -> Float[Tensor, "N c h w"]:
        if self.stride == (1, 1) or input.device.type != "cpu" or not torch.is_grad_enabled():
            return super().forward(input)
        down, across = self.stride
        if self.kernel_size == (1, 1):
            return functional.conv2d(input[..., ::down, ::across], self.weight, self.bias)
        lowers = input.dtype == torch.bfloat16 or torch.is_autocast_enabled("cpu")
        if lowers and not isinstance(self.padding, str):
            stride = min(down, input.shape[-2]), min(across, input.shape[-1])
            options = self.padding, self.dilation, self.groups
            return functional.conv2d(input, self.weight, self.bias, stride, *options)
        return super().forward(input)


class Conv(Conv2d):
    """Convolution drawn from N(0, 2 / (k^2 C_out)), bias 0. Source: yfguo91/Re-Loss models/resnet.py."""

    def reset_parameters(self) -> None:
        fan_out = self.kernel_size[0] * self.kernel_size[1] * self.out_channels
        nn.init.normal_(self.weight, std=math.sqrt(2 / fan_out))
        if self.bias is not None:
            nn.init.zeros_(self.bias)


class Linear(nn.Linear):
    """Linear layer drawn from N(0, std^2), std = 1 / fan_in unless given, bias 0. Source: as `Conv`."""

    def __init__(self, in_features: int, out_features: int, std: float | None = None) -> None:
        self.std = std or 1 / in_features
        super().__init__(in_features, out_features)

    def reset_parameters(self) -> None:
        nn.init.normal_(self.weight, std=self.std)
        nn.init.zeros_(self.bias)


class Segment(nn.Module):
    """A part of a network whose inside may be computed again in the backward pass: `snnexp.training.recompute`."""


class NormSpike(Segment, Fires):
    """Norm, residual, pooling, gate and neuron: one layer, so that one kernel can take their place."""

    def __init__(self, norm: Norm, pool: nn.Module | None, gate: nn.Module | None, neuron: SpikingLayer) -> None:
        super().__init__()
        self.norm = norm
        self.pool = None if pool is None else OverTime(pool)
        self.gate = gate
        self.neuron = neuron

    def forward(
        self, x: Float[Tensor, "S N C H W"], residual: Float[Tensor, "S N C H W"] | None = None
    ) -> Float[Tensor, "T N C h w"]:
        if self.is_one():
            return self.neuron(x, operator=partial(self.norm.lif, residual=residual))
        T = self.neuron.site.T
        y = self.norm(x, copies(x, T))
        if residual is not None:
            y = y + residual
        if self.pool is not None:
            y = self.pool(y)
        if self.gate is not None:
            y = self.gate(y.expand(T, *y.shape[1:]))
        return self.neuron(y)

    def is_one(self) -> bool:
        """Say whether one operator may replace the modules: nothing stands between them or has a hook there.

        `torch.compile` is given them apart, which it fuses with more.

        Under autocast it rounds less: both get x and the residual in bfloat16, but norm and neuron apart round the
        normalised x to it, and its sum with the residual once more, where the operator keeps float32. A current that
        lies within these roundings (2^-9 of each) of the threshold may thus fire in one form and not in the other.
        """
        if self.pool is not None or self.gate is not None or torch.compiler.is_compiling():
            return False
        recorder, neuron = RECORDER.get(), self.neuron
        if hooked(self.norm) or hooked(neuron) or (recorder and recorder.needs - {"spikes"}):
            return False
        return isinstance(neuron, SpikingLayer) and neuron.is_lif


class Spike(Segment):
    """The neuron of a site, behind its gate if it has one."""

    def __init__(self, gate: nn.Module | None, neuron: SpikingLayer) -> None:
        super().__init__()
        self.gate, self.neuron = gate, neuron

    def forward(self, x: Float[Tensor, "S N *feat"]) -> Float[Tensor, "T N *feat"]:
        if self.gate is not None:
            x = self.gate(x.expand(self.neuron.site.T, *x.shape[1:]))
        return self.neuron(x)


def copies(x: Float[Tensor, "S N *feat"], T: int) -> int:
    """Return how many equal steps each step of x stands for: T where it is one step, else 1."""
    return T if x.shape[0] == 1 else 1


def hooked(module: nn.Module) -> bool:
    """Return whether anything was registered that runs with the module, or with every module."""
    forward, backward = module._forward_hooks or module._forward_pre_hooks, module._backward_hooks
    return bool(forward or backward or module._backward_pre_hooks or _has_any_global_hook())


@dataclass
class LayerFactory:
    """Makes a backbone's layers: `spike` builds the neuron of a site, `gate` what stands before it, if anything.

    `make_norm` builds the norm of a place; `size` is (H, W) of the input, for networks whose linear layers depend on
    it.
    """

    T: int
    spike: Callable[[Site], SpikingLayer]
    gate: Callable[[Site], nn.Module | None] = lambda site: None
    sites: list[Site] = field(default_factory=list)
    size: tuple[int, int] | None = None
    make_norm: Callable[[NormSite], Norm] = lambda site: BatchNorm(site.channels)

    def norm(self, neuron: SpikingLayer, place: Place) -> Norm:
        """Return a norm with as many channels as the `neuron` that its output reaches, itself or by a shortcut."""
        site = neuron.site
        return self.make_norm(NormSite(site.channels, site.T, place, neuron.v_threshold))

    def norm_spike(
        self, channels: int, *, role: Role, pool: nn.Module | None = None, place: Place | None = None
    ) -> NormSpike:
        """Make norm and spiking layer at the next site; call them in forward order.

        The norm's `place` is stem or inner, as the role is, unless given.
        """
        site = self.site(channels, role)
        gate, neuron = self.gate(site), self.spike(site)
        norm = self.norm(neuron, place or ("stem" if role == "stem" else "inner"))
        return NormSpike(norm, pool, gate, neuron)

    def neuron(self, channels: int, role: Role) -> Spike:
        """Make the spiking layer at the next site without a norm, its gate included."""
        site = self.site(channels, role)
        return Spike(self.gate(site), self.spike(site))

    def linear_spike(self, in_features: int, out_features: int) -> nn.Sequential:
        """Make a linear layer, drawn as torch draws it, and a neuron without norm or gate, at the head's next site."""
        return nn.Sequential(nn.Linear(in_features, out_features), self.spike(self.site(out_features, "head")))

    def site(self, channels: int, role: Role) -> Site:
        """Return the next site in forward order."""
        index = len(self.sites)
        site = Site(f"{role}{index}", index, channels, self.T, role)
        self.sites.append(site)
        return site
