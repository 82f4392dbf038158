"""A network trained by the fast forms of the operator is the network that the reference trains."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from itertools import islice

import constants
import pytest
import torch

from snnexp.backbones.layers import LayerFactory
from snnexp.backbones.resnet20 import Resnet20
from snnexp.datasets.base import Loader
from snnexp.datasets.digits import Digits
from snnexp.losses.cross_entropy import CrossEntropy
from snnexp.machine.devices import round_products
from snnexp.neurons.base import SpikingLayer
from snnexp.neurons.lif import Lif
from snnexp.norms.tdbn import Tdbn
from snnexp.ops import lif, norm_lif
from snnexp.ops.lif import reference
from snnexp.regularizers.mpr import Mpr
from snnexp.regularizers.rmp import Rmp
from snnexp.surrogates.rectangle import Rectangle
from snnexp.training.objective import Objective

DEVICE = torch.device("cuda" if torch.cuda.is_available() else "cpu")
T = 4
RMP = Rmp(weight=0.1, schedule="constant", sites="all", tensor="v_pre", target="spikes")
METHODS = {"vanilla": ("hard", ()), "rmp": ("hard", (RMP,)), "soft_reset_mpr": ("soft", (Mpr(),))}


@contextmanager
def neurons(form):
    """Within the block, `form` computes the neurons; norms are computed apart."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lif, "form", lambda device: form)
        patch.setattr(norm_lif, "form", lambda *_: None)
        yield


def make(method: str, dtype: torch.dtype) -> Objective:
    """The objective of a method on ResNet-20 at width 4."""
    reset, regularizers = METHODS[method]

    def spike(site):
        rectifier = next(filter(None, (regularizer.rectifier(site) for regularizer in regularizers)), None)
        neuron = replace(constants.RMP, reset=reset, v_subtract=0.5)
        return Lif(site, Rectangle(width=1.0), rectifier, **vars(neuron))

    layers = LayerFactory(T, spike, make_norm=lambda site: Tdbn(site, momentum=0.1, eps=1e-5, running=True))
    network = Resnet20(layers, 1, 10, width=4)
    network.initialize(1)
    network = network.to(DEVICE, dtype, memory_format=torch.channels_last)
    return Objective(network, CrossEntropy(label_smoothing=0.0), regularizers, DEVICE, amp=False)


def batches(count: int, dtype: torch.dtype) -> list[tuple[torch.Tensor, torch.Tensor]]:
    """Real digits, 16 at a time."""
    digits = Digits()
    train, _ = digits.load(T)
    loader = Loader(train, dataset=digits, batch_size=16, shuffle=True, seed=1, device=DEVICE)
    return [(x.to(dtype), y) for x, y in islice(loader.epoch(0), count)]


def one_step(form, method: str) -> tuple[list[torch.Tensor], dict[str, torch.Tensor]]:
    """All spikes and all gradients of one step in float32."""
    objective, spikes = make(method, torch.float32), []
    for layer in objective.network.modules():
        if isinstance(layer, SpikingLayer):
            layer.register_forward_hook(lambda layer, args, out: spikes.append(out.detach()))
    with neurons(form):
        objective(*batches(1, torch.float32)[0])[1].backward()
    return spikes, {name: p.grad for name, p in objective.network.named_parameters()}


def losses(form, method: str) -> list[float]:
    """Of 20 steps of SGD in float64."""
    objective, found = make(method, torch.float64), []
    optimizer = torch.optim.SGD(objective.network.parameters(), lr=0.05, momentum=0.9)
    with neurons(form):
        for x, y in batches(20, torch.float64):
            loss = objective(x, y)[1]
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            found.append(loss.item())
    return found


@pytest.fixture(params=["ieee", "tf32"] if DEVICE.type == "cuda" else ["ieee"])
def tolerance(request: pytest.FixtureRequest) -> Iterator[float]:
    """Of a gradient, with a GPU's convolutions in float32 or rounded to TF32."""
    round_products(request.param == "tf32", DEVICE.type)
    yield {"ieee": 1e-5, "tf32": 1e-2}[request.param]
    round_products(False, DEVICE.type)


@pytest.mark.parametrize("method", METHODS)
def test_one_step_in_float32_has_the_same_spikes_and_gradients(method, tolerance):
    fast = lif.form(DEVICE)
    assert fast is not reference
    (spikes, grads), (other_spikes, other_grads) = one_step(fast, method), one_step(reference, method)
    assert len(spikes) == len(other_spikes) == 19 and 0.02 < torch.cat([s.flatten() for s in spikes]).mean() < 0.5
    assert all(map(torch.equal, spikes, other_spikes))
    for name, grad in grads.items():
        assert (grad - other_grads[name]).abs().max() <= tolerance * other_grads[name].abs().max(), name


@pytest.mark.parametrize("method", METHODS)
def test_twenty_steps_in_float64_have_the_same_losses(method):
    ours, theirs = losses(lif.form(DEVICE), method), losses(reference, method)
    assert ours == pytest.approx(theirs, rel=0, abs=1e-9) and len(set(ours)) == 20
