"""A network and SpikingJelly's of the same weights, which it takes over in their order."""

from collections.abc import Sequence
from dataclasses import replace

import torch
from constants import SPIKINGJELLY
from torch import Tensor, nn

from snnexp.backbones.layers import LayerFactory
from snnexp.neurons.lif import Lif
from snnexp.surrogates.base import Surrogate
from snnexp.surrogates.sigmoid import Sigmoid

# SpikingJelly's LIFNode as its networks take it: tau 2, and no gradient through the reset.
LIF = replace(SPIKINGJELLY, detach_reset=True)


def layers(T: int, surrogate: Surrogate | None = None, attention: float = 0.5, **constants) -> LayerFactory:
    """LayerFactory of SpikingJelly's neurons, those of attention with a threshold of their own."""
    shape = surrogate or Sigmoid(alpha=4.0)

    def spike(site):
        own = {"v_threshold": attention} if site.role == "attention" else {}
        return Lif(site, shape, **vars(LIF) | constants | own)

    return LayerFactory(T, spike)


def take_over(ours: nn.Module, theirs: nn.Module, left_out: Sequence[str] = ()) -> list[tuple[nn.Parameter, Tensor]]:
    """Draw `theirs` anew, norms too, and give `ours` its weights; pairs of parameters, whose shapes may differ by 1s.

    Parameters of ours whose names end with one of `left_out` are 0 and have no partner.
    """
    torch.manual_seed(0)
    for module in theirs.modules():
        if isinstance(module, nn.Linear | nn.modules.conv._ConvNd):
            module.reset_parameters()
        if isinstance(module, nn.modules.batchnorm._BatchNorm):
            nn.init.uniform_(module.weight, 0.5, 1.5)
            nn.init.normal_(module.bias, 1.0, 0.5)
    own = dict(ours.named_parameters())
    for name in [name for name in own if name.endswith(tuple(left_out))] if left_out else []:
        nn.init.zeros_(own.pop(name))
    pairs = list(zip(own.values(), theirs.parameters(), strict=True))
    with torch.no_grad():
        for p, q in pairs:
            assert p.squeeze().shape == q.squeeze().shape
            p.copy_(q.view_as(p))
    return pairs


def equal(y: Tensor, expected: Tensor, x: Tensor, pairs: Sequence[tuple[nn.Parameter, Tensor]]) -> None:
    """Outputs, and the gradients of x and of all weights, are equal to 1e-6 (of the largest, where that is above 1)."""
    torch.testing.assert_close(y, expected, rtol=0, atol=1e-6)
    assert y.std() > 0.01
    weights = torch.randn_like(y)
    found = torch.autograd.grad((y * weights).sum(), [x, *(p for p, _ in pairs)])
    others = torch.autograd.grad((expected * weights).sum(), [x, *(q for _, q in pairs)])
    for a, b in zip(found, others, strict=True):
        torch.testing.assert_close(a, b.view_as(a), rtol=0, atol=1e-6 * max(1.0, b.abs().max().item()))
    assert all(gradient.any() for gradient in found)
