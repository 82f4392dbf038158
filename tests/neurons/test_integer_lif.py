"""I-LIF is SpikingJelly's, with one spike it is LIF, and what counts spikes counts all of them."""

import pytest
import torch
from torch import nn

from snnexp.config.compose import compose
from snnexp.errors import UserError
from snnexp.metrics.synaptic_operations import counting
from snnexp.neurons.base import Site
from snnexp.neurons.integer_lif import IntegerLif
from snnexp.neurons.lif import Lif
from snnexp.ops.lif import measuring
from snnexp.surrogates.rectangle import Rectangle
from snnexp.training.assembly import make as make_training

T, SITE = 4, Site("inner0", 0, 3, 4, "inner")


def make(**changes) -> IntegerLif:
    constants = {"decay": 0.25, "v_threshold": 0.5, "largest": 4, "detach_reset": True} | changes
    return IntegerLif(SITE, Rectangle(width=1.0), **constants)


def outputs_and_gradients(*neurons: nn.Module) -> list[tuple[torch.Tensor, torch.Tensor]]:
    """Spikes of the same current, and the gradients of the same weighted sum of them."""
    torch.manual_seed(0)
    x, g = (2 * torch.randn(T, 8, 3, 5, dtype=torch.float64) for _ in range(2))
    spikes = [neuron(x.requires_grad_()) for neuron in neurons]
    return [(each, torch.autograd.grad((g * each).sum(), x)[0]) for each in spikes]


@pytest.mark.parametrize("detach_reset", [True, False])
def test_is_spikingjelly_s(detach_reset: bool):
    nodes = pytest.importorskip("spikingjelly.activation_based.neuron")
    theirs = nodes.ILIFNode(tau=4 / 3, detach_reset=detach_reset, step_mode="m")
    ours, expected = outputs_and_gradients(make(detach_reset=detach_reset), theirs)
    assert ours[0].unique().tolist() == [0, 1, 2, 3, 4]
    for one, other in zip(ours, expected, strict=True):
        torch.testing.assert_close(one, other, atol=1e-6, rtol=0)


def test_each_threshold_has_a_window():
    constants = {"decay": 0.25, "v_threshold": 0.5, "largest": 2, "detach_reset": False}
    neuron = IntegerLif(Site("a", 0, 5, 1, "inner"), Rectangle(width=0.5), **constants)
    with torch.no_grad(), measuring():
        out = neuron.fire(torch.tensor([0.0, 0.3, 1.0, 1.6, 2.5]).view(1, 1, 5), T=None, return_v_pre=False)
    torch.testing.assert_close(out.potential[2].item(), 2 / 5)


def test_of_one_spike_is_lif_that_subtracts_it():
    shared = {"decay": 0.25, "v_threshold": 0.5, "detach_reset": True}
    soft = {"decay_input": False, "strict": True, "reset": "soft", "v_reset": 0.0, "v_subtract": 1.0}
    ours, lif = outputs_and_gradients(make(largest=1), Lif(SITE, Rectangle(width=1.0), **shared, **soft))
    assert torch.equal(ours[0], lif[0])
    torch.testing.assert_close(ours[1], lif[1])


def test_statistics_by_hand():
    # v_pre 2.25 fires 2; 0.25 / 4 + 0.5 one more; -0.4375 / 4 + 9 the most
    out = make().fire(torch.tensor([2.25, 0.5, 9.0]).view(3, 1, 1), T=None, return_v_pre=True)
    assert out.spikes.flatten().tolist() == [2, 1, 4]
    torch.testing.assert_close(out.firing_rate.item(), 7 / 3)
    errors = (0.25**2, (0.5625 - 1) ** 2, (9 - 0.4375 / 4 - 4) ** 2)
    torch.testing.assert_close(out.quantization_error.item(), sum(errors) / 3)


def test_a_product_with_a_number_is_as_many_accumulations():
    first = nn.Linear(1, 1, bias=False)
    nn.init.ones_(first.weight)
    network = nn.Sequential(first, make(decay=0.0), nn.Linear(1, 5))
    with torch.no_grad(), counting(network) as operations:
        network(torch.tensor([3.0, 0.0, 1.0, 9.0]).view(T, 1, 1))
    names = "Effective_MACs", "Effective_ACs", "Dense"
    found = [[layer[name] for name in names] for layer in operations.compute()["layers"]]
    assert found == [[3, 0, 4], [0, 5 * (3 + 1 + 4), 20]]  # the input counts where it is not 0


@pytest.mark.parametrize("name", ["rmp", "rate", "im_loss", "mpd_loss"])
def test_methods_of_binary_spikes_refuse_it(name: str):
    composed = compose(["neuron=integer_lif", f"regularizer=[{name}]", "backbone.width=2", "T=1", "device=cpu"])
    with pytest.raises(UserError, match=f"neuron IntegerLif: fires 0 to 4; {name} is defined for"):
        make_training(composed)


@pytest.mark.parametrize("change", [{"decay": 1.5}, {"v_threshold": 0.0}, {"largest": 0}])
def test_refuses_constants_out_of_range(change):
    ((key, value),) = change.items()
    with pytest.raises(UserError, match=rf"neuron\.{key}={value}"):
        make(**change)
