"""The neuron of Diet-SNN by its equation, as it stands."""

import pytest
import torch
from torch import Tensor

from snnexp.errors import UserError
from snnexp.neurons.base import Site
from snnexp.neurons.diet_lif import DietLif
from snnexp.surrogates.atan import Atan

ATAN = Atan(alpha=2.0)


def make(**changes) -> DietLif:
    constants = {"decay": 0.8, "v_threshold": 0.7, "detach_reset": True} | changes
    return DietLif(Site("inner0", 0, 3, 6, "inner"), ATAN, **constants).double()


class Fires(torch.autograd.Function):
    @staticmethod
    def forward(ctx, z: Tensor) -> Tensor:
        ctx.save_for_backward(z)
        return (z > 0).to(z.dtype)

    @staticmethod
    def backward(ctx, *grads: Tensor) -> Tensor:
        return grads[0] * ATAN(ctx.saved_tensors[0])


def written_out(x: Tensor, leak: Tensor, threshold: Tensor) -> Tensor:
    """The paper's equation in volts."""
    v, s, spikes = torch.zeros_like(x[0]), torch.zeros_like(x[0]), []
    for now in x:
        v = leak * v + now - threshold * s.detach()
        s = Fires.apply(v / threshold - 1)
        spikes.append(s)
    return torch.stack(spikes)


def test_is_the_equation():
    torch.manual_seed(0)
    neuron = make()
    neuron.threshold.data.fill_(0.9)
    x, g = (torch.randn(6, 8, 3, 5, dtype=torch.float64) for _ in range(2))
    given = x.requires_grad_(), neuron.leak, neuron.threshold
    found = [(s, *torch.autograd.grad((g * s).sum(), given)) for s in (neuron(x), written_out(*given))]
    assert 0.1 < found[0][0].mean() < 0.9
    for one, other in zip(*found, strict=True):
        torch.testing.assert_close(one, other)


def test_the_potential_recorded_is_that_which_the_constant_threshold_is_compared_with():
    neuron = make()
    neuron.threshold.data.fill_(0.9)
    out = neuron.fire(torch.tensor([1.8, 0.0]).double().view(2, 1, 1), T=None, return_v_pre=True)
    assert out.v_pre is not None and out.spikes.flatten().tolist() == [1, 0]
    torch.testing.assert_close(out.v_pre.flatten().tolist(), [2 * 0.7, 0.6 * 0.7])  # 1.8 / 0.9; 0.8 2 - 1


@pytest.mark.parametrize("change", [{"decay": 1.5}, {"v_threshold": 0.0}])
def test_refuses_constants_out_of_range(change):
    ((key, value),) = change.items()
    with pytest.raises(UserError, match=rf"neuron\.{key}={value}"):
        make(**change)
