"""NIR: SpikingJelly and snnTorch fire the spikes that the network fires, and what NIR cannot state is refused."""

from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.nn.modules.module import register_module_forward_hook

from snnexp.backbones.layers import OverTime
from snnexp.errors import UserError
from snnexp.neurons.base import SpikingLayer
from snnexp.norms.layers import BatchNorm
from snnexp.training.trained import Trained

nir = pytest.importorskip("nir")
ours = pytest.importorskip("snnexp.exports.nir")

SPIKINGJELLY, SNNTORCH = "spikingjelly", "snntorch"
SAMPLES = 64
NETWORKS = {
    "convolutional": [],
    "residual": ["dataset=cifar10", "backbone=resnet20", "norm=tdbn", "T=2"],
    "frames": ["dataset=digits_dvs", "backbone=asa_3layer", "backbone.hidden=16"],
    "at or above, scaled input": ["neuron.strict=false", "neuron.decay_input=true", "neuron.decay=0.6"],
    "learned leak": ["neuron=plif", "neuron.v_threshold=0.5"],
    "trained with RMP and MPR": ["regularizer=[rmp,mpr]"],
}
# What one reader takes and the other does not, for the reasons that docs/export.md gives.
SPIKINGJELLYS = {
    "no leak": ["neuron.decay=1"],
    "sums": ["dataset=cifar10", "backbone=sew_resnet18", "neuron=plif_stem", "T=2"],
}
SNNTORCHS = {"no memory": ["neuron.decay=0"]}
CASES = [(SPIKINGJELLY, *case) for case in [*NETWORKS.items(), *SPIKINGJELLYS.items()]]
CASES += [(SNNTORCH, *case) for case in [*NETWORKS.items(), *SNNTORCHS.items()]]
REFUSED = {
    "neuron.reset=soft": r"neuron\.reset=soft: .* --format onnx takes any network",
    "neuron.v_reset=-0.1": r"neuron\.v_reset=-0\.1",
    "regularizer=[constant_gate]": "no node for mul",
    "regularizer=[asa] dataset=digits_dvs": "no node for",
    "regularizer=[ma_snn]": "no node for",
    "dataset=digits_dvs": "pools 7 x 7 by windows that reach over the edge",
    "backbone=asa_5layer dataset=dvs128_gesture": "no node for max_pool2d",
    "backbone=sew_resnet18 norm.running=false neuron=plif_stem dataset=cifar10": "statistics of each batch",
    "norm=tebn": "it has no node for mul",
    "norm=bntt": "it has no node for transpose",
}


@contextmanager
def outputs() -> Iterator[dict[nn.Module, list[Tensor]]]:
    """What each module gives within the block; of a pair, as SpikingJelly's neurons give, the first."""
    found: dict[nn.Module, list[Tensor]] = defaultdict(list)

    def keep(module: nn.Module, _: Any, out: Any) -> None:
        found[module].append(out[0] if isinstance(out, tuple) else out)

    handle = register_module_forward_hook(keep)
    try:
        yield found
    finally:
        handle.remove()


@pytest.mark.parametrize(("reader", "_", "overrides"), CASES, ids=lambda each: each if isinstance(each, str) else "")
def test_a_reader_fires_the_same_spikes(reader: str, _: str, overrides: list[str], drawn, inputs, read):
    pytest.importorskip(reader)
    pytest.importorskip("nirtorch")
    run = drawn(*overrides)
    compare(run, reader, inputs(run), read)


@pytest.mark.parametrize("reader", [SPIKINGJELLY, SNNTORCH])
def test_a_trained_network_on_real_images(reader: str, trained, digits, inputs, read):
    pytest.importorskip(reader)
    pytest.importorskip("nirtorch")
    compare(trained, reader, inputs(trained, digits), read)


def compare(run: Trained, reader: str, x: Tensor, read: Callable[..., dict[str, Any]]) -> None:
    """The spikes of every layer, and the logits."""
    ours.write(run, run.folder)
    with torch.no_grad(), outputs() as expected:
        logits = run.network(x)
    with outputs() as found:
        theirs = read(run, reader, x)
    layers = [module for module in run.network.modules() if isinstance(module, SpikingLayer)]
    neurons = dict(theirs["network"].named_modules())
    for layer in layers:
        spikes, (fired,) = found[neurons[layer.site.name]], expected[layer]
        fired = fired.expand(run.config["T"], *fired.shape[1:])
        assert 0 < fired.mean() < 1
        assert torch.equal(torch.stack(spikes).view_as(fired), fired), layer.site.name
    torch.testing.assert_close(theirs["logits"], logits, atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize(
    ("reader", "override", "cause"),
    [(SPIKINGJELLY, "neuron.decay=0", "greater than 1"), (SNNTORCH, "neuron.decay=1", "r != 1 not supported")],
)
def test_what_a_reader_refuses(reader: str, override: str, cause: str, drawn, read):
    pytest.importorskip(reader)
    pytest.importorskip("nirtorch")
    run = drawn(override)
    ours.write(run, run.folder)
    with pytest.raises((ValueError, AssertionError), match=cause):
        read(run, reader, run.example)


@pytest.mark.parametrize(("strict", "fires"), [(True, {SPIKINGJELLY}), (False, {SPIKINGJELLY, SNNTORCH})])
def test_which_readers_fire_at_the_threshold_itself(strict: bool, fires: set[str], drawn, read):
    pytest.importorskip("nirtorch")
    run = drawn(f"neuron.strict={strict}", "T=1")
    ours.write(run, run.folder)
    graph = nir.read(run.folder / "model.nir")
    neuron = graph.nodes["stem0"]
    nodes = {"input": nir.Input(neuron.input_type["input"]), "stem0": neuron}
    nodes["output"] = nir.Output(neuron.output_type["output"])
    nir.write(run.folder / "model.nir", nir.NIRGraph(nodes, [("input", "stem0"), ("stem0", "output")]))
    x = torch.full((1, *neuron.v_threshold.shape), 0.5)
    for reader in (SPIKINGJELLY, SNNTORCH):
        pytest.importorskip(reader)
        assert read(run, reader, x)["logits"].unique().tolist() == [float(reader in fires)]


@pytest.mark.parametrize(("overrides", "cause"), REFUSED.items())
def test_refuses_what_nir_cannot_state(overrides: str, cause: str, drawn):
    run = drawn(*overrides.split())
    with pytest.raises(UserError, match=cause):
        ours.write(run, run.folder)
    assert not (run.folder / "model.nir").exists()


def test_refuses_a_neuron_with_a_forward_of_its_own(drawn):
    run = drawn()
    neuron = run.network.spike1.neuron
    neuron.forward = lambda x: torch.zeros_like(x)
    with pytest.raises(UserError, match="neuron Lif: NIR has no node for its dynamics"):
        ours.write(run, run.folder)


FRAMES = ["dataset=digits_dvs", "T=1"]


class Twice(nn.Module):
    """A convolution that a norm and a neuron read."""

    def __init__(self, neuron: nn.Module) -> None:
        super().__init__()
        self.conv, self.norm, self.neuron = OverTime(nn.Conv2d(2, 4, 3)), BatchNorm(4), neuron
        self.last = OverTime(nn.Conv2d(4, 1, 3))

    def forward(self, x: Tensor) -> Tensor:
        y = self.conv(x)
        return self.last(self.norm(y) + self.neuron(y)).mean(0)


def test_a_convolution_that_is_read_beside_its_norm_is_kept(drawn, read):
    pytest.importorskip(SPIKINGJELLY)
    pytest.importorskip("nirtorch")
    run = drawn(*FRAMES)
    network = Twice(run.network.spike1.neuron).eval()
    network.norm.running_mean.fill_(0.3)
    x = torch.randn(SAMPLES, 2, 28, 28)
    run = replace(run, network=network)
    ours.write(run, run.folder)
    with torch.no_grad():
        expected = network(x[None])
    torch.testing.assert_close(read(run, SPIKINGJELLY, x)["logits"], expected)


def test_refuses_a_norm_that_stands_behind_no_convolution(drawn):
    run = replace(drawn(*FRAMES), network=BatchNorm(2).eval())
    with pytest.raises(UserError, match="behind no convolution"):
        ours.write(run, run.folder)


def test_the_file_says_how_logits_come_of_it(drawn):
    run: Trained = drawn("T=3")
    assert ours.write(run, run.folder) == [run.folder / "model.nir"]
    graph = nir.read(run.folder / "model.nir")
    assert (graph.metadata["T"], graph.metadata["dt"]) == (3, 1e-4) and graph.metadata["run"] == "0123456789"
    assert {node.weight.dtype.name for node in graph.nodes.values() if hasattr(node, "weight")} == {"float32"}
