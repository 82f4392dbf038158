"""Every contender computes the same neuron, and SpikingJelly's network is ours."""

import pytest
import torch

from snnexp.bench.base import Inference, StepCase
from snnexp.bench.base.networks import compose_step, network_of
from snnexp.bench.contenders import ours, reference

CASE = {"device": "cpu", "dtype": "float32", "T": 2, "N": 2, "size": 32, "width": 4}


def currents() -> torch.Tensor:
    # multiples of 1/64 keep every potential exact, whatever the order of operations
    return torch.randint(-64, 128, (3, 2, 4, 5, 5), generator=torch.Generator().manual_seed(0)) / 64


def test_reference_spikes_as_we_do():
    assert torch.equal(ours.spikes(currents()), reference.spikes(currents()))


def test_snntorch_spikes_as_we_do():
    pytest.importorskip("snntorch")
    from snnexp.bench.contenders.snntorch_loop import Loop

    # it fires above the threshold, we at it, too
    x = currents() + 1 / 4096
    assert torch.equal(ours.spikes(x), Loop()(x))


@pytest.mark.filterwarnings("ignore")
def test_spikingjelly_spikes_as_we_do_with_the_same_gradient():
    pytest.importorskip("spikingjelly")
    from snnexp.bench.contenders.spikingjelly import node

    x = (torch.randn(3, 2, 40, generator=torch.Generator().manual_seed(0))).requires_grad_()
    mine, theirs = ours.spikes(x), node()(x)
    assert torch.equal(mine, theirs) and 0.1 < mine.mean() < 0.9
    g = torch.randn(mine.shape, generator=torch.Generator().manual_seed(1))
    torch.testing.assert_close(torch.autograd.grad(mine, x, g), torch.autograd.grad(theirs, x, g))


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("network", ["resnet19", "resnet20"])
def test_spikingjellys_network_computes_what_ours_does(network: str):
    pytest.importorskip("spikingjelly")
    from snnexp.bench.contenders.spikingjelly import build

    mine = network_of(compose_step(StepCase(name=network, network=network, **CASE))).double()
    theirs = build(network, CASE["width"]).double()
    for a, b in zip(theirs.parameters(), mine.parameters(), strict=True):
        assert a.shape == b.shape
        if a.dim() > 1 or a.numel() == 10:  # norms are at their start in both
            a.data.copy_(b)
    x = torch.randn(2, 3, 32, 32, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    torch.testing.assert_close(theirs(x.expand(2, 2, 3, 32, 32)).mean(0), mine(x))


@pytest.mark.filterwarnings("ignore")
def test_spikingjelly_is_evaluated_without_gradients_by_running_statistics(monkeypatch: pytest.MonkeyPatch):
    pytest.importorskip("spikingjelly")
    from snnexp.bench.contenders import spikingjelly

    def looking(network: str, width: int) -> torch.nn.Module:
        made = build(network, width)
        made.register_forward_hook(lambda module, x, y: seen.append((module.training, y.requires_grad)))
        return made

    seen, build = [], spikingjelly.build
    monkeypatch.setattr(spikingjelly, "build", looking)
    run = spikingjelly.inference(Inference(name="resnet20", network="resnet20", **CASE), "channels_last")
    run()
    run()
    assert seen == [(False, False)] * 2
