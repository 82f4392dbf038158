"""MPBN's neuron: as SpikingJelly's, and folded into the threshold at inference."""

import logging

import pytest
import torch
from torch import Tensor

from snnexp.config.compose import compose
from snnexp.errors import UserError
from snnexp.neurons import mpbn_lif
from snnexp.neurons.base import Site, recording
from snnexp.neurons.layers import Stepwise
from snnexp.neurons.mpbn_lif import MpbnLif
from snnexp.ops.lif import measuring
from snnexp.surrogates.sigmoid import Sigmoid
from snnexp.training.assembly import make as make_training

C, T = 3, 4
CONSTANTS = {"decay": 0.25, "v_threshold": 0.5, "momentum": 0.1, "eps": 1e-5}


def make(dtype: torch.dtype = torch.float64, **changes) -> MpbnLif:
    return MpbnLif(Site("inner0", 0, C, T, "inner"), Sigmoid(alpha=4.0), **CONSTANTS | changes).to(dtype)


def stir(norm) -> None:
    """Draw what training would have moved; thresholds stay above 0."""
    torch.manual_seed(1)
    norm.weight.data.uniform_(0.5, 1.5)
    norm.bias.data.uniform_(-0.5, 0.1)
    norm.running_mean.uniform_(-0.1, 0.3)
    norm.running_var.uniform_(0.5, 1.5)


def theirs():
    neuron = pytest.importorskip("spikingjelly.activation_based.neuron")
    return neuron.MPBNLIFNode(4 / 3, v_threshold=0.5, out_channels=C, step_mode="m").double()


def test_a_step_of_training_is_spikingjelly_s():
    torch.manual_seed(0)
    ours, other = make(), theirs()
    x, g = (2 * torch.randn(1, 8, C, 5, 5, dtype=torch.float64) for _ in range(2))
    found = []
    for fire, norm in ((lambda x: ours.fire(x, T=None, return_v_pre=False).spikes, ours.norm), (other, other.vbn)):
        stir(norm)
        s = fire(x.requires_grad_())
        slopes = torch.autograd.grad((g * s).sum(), (x, norm.weight, norm.bias))
        found.append((s, *slopes, norm.running_mean, norm.running_var))
    for one, reference in zip(*found, strict=True):
        torch.testing.assert_close(one, reference, atol=1e-6, rtol=0)


def test_folded_it_fires_as_spikingjelly_s_does_folded():
    ours, other = make().eval(), theirs().eval()
    stir(ours.norm)
    stir(other.vbn)
    other.re_parameterize_v_threshold()
    x = 2 * torch.randn(T, 8, C, 5, 5, dtype=torch.float64)
    with torch.no_grad():
        assert torch.equal(ours(x), other(x)) and 0.1 < ours(x).mean() < 0.9


@pytest.fixture
def operator(monkeypatch: pytest.MonkeyPatch) -> list[Tensor]:
    """The currents that the LIF operator was given."""
    given = []
    lif = mpbn_lif.lif
    monkeypatch.setattr(mpbn_lif, "lif", lambda x, *args, **options: given.append(x) or lif(x, *args, **options))
    return given


@pytest.mark.parametrize("feat", [(5, 5), ()], ids=str)
@pytest.mark.parametrize("static", [False, True])
@pytest.mark.parametrize("dtype", [torch.float64, torch.float32, torch.bfloat16], ids=str)
def test_folded_is_unfolded(dtype: torch.dtype, static: bool, feat: tuple[int, ...], operator: list[Tensor]):
    torch.manual_seed(0)
    neuron = make(torch.float64 if dtype == torch.float64 else torch.float32).eval()
    stir(neuron.norm)
    x, steps = 2 * torch.randn(1 if static else T, 8, C, *feat).to(dtype), T if static else None
    unfolded = neuron.fire(x, T=steps, return_v_pre=True)
    assert not operator
    with torch.no_grad(), measuring():
        folded = neuron.fire(x, T=steps, return_v_pre=True)
    assert len(operator) == 1 and folded.spikes.dtype == dtype
    assert torch.equal(folded.spikes, unfolded.spikes) and 0.1 < folded.firing_rate < 0.9
    for one, other in zip(folded._replace(potential=None), unfolded, strict=True):
        torch.testing.assert_close(one, other, atol=1e-5, rtol=0)
    with torch.no_grad(), measuring():
        walked = Stepwise.fire(neuron, x, T=steps, return_v_pre=False)
    torch.testing.assert_close(folded.potential, walked.potential, atol=1e-5, rtol=0, equal_nan=True)


def test_a_network_infers_by_the_operator_and_gives_the_same_logits(operator: list[Tensor]):
    composed = compose(["neuron=mpbn_lif", "backbone.width=4", f"T={T}", "device=cpu"])
    _, trainer = make_training(composed)
    network, x = trainer.network.eval(), torch.rand(16, 1, 8, 8)
    neurons = [module for module in network.modules() if isinstance(module, MpbnLif)]
    for neuron in neurons:
        stir(neuron.norm)
    with recording() as unfolded:
        logits = network(x)
    assert not operator
    with torch.no_grad(), recording() as folded:
        torch.testing.assert_close(network(x), logits, atol=1e-5, rtol=0)
    assert len(operator) == len(neurons) == 3
    for one, other in zip(folded, unfolded, strict=True):
        torch.testing.assert_close(one.quantization_error, other.quantization_error, atol=1e-5, rtol=0)


@pytest.mark.parametrize("change", ["scale", "threshold"])
def test_stays_unfolded_where_a_channel_cannot_be_and_says_so(change: str, operator, caplog: pytest.LogCaptureFixture):
    neuron = make().eval()
    (neuron.norm.weight if change == "scale" else neuron.norm.running_mean).data[1] = -2.0
    x = torch.randn(T, 8, C, 5, 5, dtype=torch.float64)
    with torch.no_grad(), caplog.at_level(logging.INFO):
        spikes = [neuron(x), neuron(x)][0]
    assert not operator and torch.equal(spikes, neuron(x))
    said = [record.message for record in caplog.records]
    told = "1 of 3 channels have a scale or a threshold that is not above 0"
    assert said == [f"inner0: its norm stays beside the neuron at inference, {told}"]


@pytest.mark.parametrize("change", [{"decay": 1.5}, {"v_threshold": 0.0}])
def test_refuses_constants_out_of_range(change):
    ((key, value),) = change.items()
    with pytest.raises(UserError, match=rf"neuron\.{key}={value}"):
        make(**change)
