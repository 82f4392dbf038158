"""Synaptic operations by hand, and against NeuroBench and SpikingJelly where these are installed."""

import warnings
from types import ModuleType

import pytest
import torch
from constants import RMP
from torch import nn

from snnexp.backbones.convnet import Convnet
from snnexp.backbones.layers import LayerFactory
from snnexp.backbones.resnet20 import Resnet20
from snnexp.backbones.spikformer import Spikformer
from snnexp.metrics.synaptic_operations import SynapticOperations, counting
from snnexp.neurons.lif import Lif
from snnexp.ops.product import Product
from snnexp.surrogates.rectangle import Rectangle
from snnexp.training.outline import list_layers

NAMES = ["Effective_MACs", "Effective_ACs", "Dense"]


def imported(name: str) -> ModuleType:
    """An oracle, which may warn as it is imported; the test is skipped where it is not installed."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return pytest.importorskip(name)


def counted(layer: nn.Conv2d | nn.Linear, x: torch.Tensor, n: int = 1) -> list[float]:
    """The figures of a layer that is not the first."""
    operations = SynapticOperations()
    operations.add("first", nn.Linear(1, 1), torch.zeros(1, 1))
    operations.add("layer", layer, x)
    operations.inputs = n
    figures = operations.compute()["layers"][1]
    return [figures[name] for name in NAMES]


def test_a_linear_layer_by_hand():
    layer = nn.Linear(3, 4)
    nn.init.ones_(layer.weight)
    layer.weight.data[0, 0] = 0
    assert counted(layer, torch.tensor([[1.0, 0.0, -1.0], [1.0, 0.0, 0.0]])) == [0, 3 + 4 + 3, 24]
    assert counted(layer, torch.tensor([[0.5, 0.0, 1.0], [1.0, 0.0, 0.0]])) == [3 + 4 + 3, 0, 24]
    assert counted(layer, torch.tensor([[[1.0, 0.0, 1.0]], [[1.0, 0.0, 0.0]]]), n=2) == [0, 5, 12]


@pytest.mark.parametrize(("scale", "spikes"), [(1.0, 1), (0.5, 0)])
def test_a_product_of_two_inputs_by_hand(scale: float, spikes: int):
    a = scale * torch.tensor([[[1.0, 0.0, 1.0], [1.0, 0.0, 0.0]]] * 2)
    b = torch.tensor([[[2.0, 3.0], [4.0, 5.0], [0.0, 7.0]]] * 2)
    effective = 2 * (1 * 2 + 1 * 2 + 1 * 1)  # of each inner index, rows of a times columns of b
    operations = SynapticOperations()
    operations.add("first", nn.Linear(1, 1), torch.zeros(1, 1))
    operations.add("product", Product(), a, b)
    operations.inputs = 2
    found = [operations.compute()["layers"][1][name] for name in NAMES]
    assert found == [effective / 2 * (1 - spikes), effective / 2 * spikes, 2 * 2 * 3 * 2 / 2]


def test_attention_is_counted():
    layers = LayerFactory(3, lambda site: Lif(site, Rectangle(width=1.0), **vars(RMP)))
    net, x = Spikformer(layers, 2, 5, width=8, depth=1, heads=2), 3 * torch.randn(2, 2, 16, 16)
    with torch.no_grad(), counting(net) as operations:
        net(x)
    counted = operations.compute()
    tokens, width = 4 * 4, 4  # of a head
    for found in [each for each in counted["layers"] if each["name"].endswith(("weigh", "read"))]:
        assert found["Dense"] == 3 * 2 * width * tokens * width
        assert found["Effective_MACs"] == 0 < found["Effective_ACs"] < found["Dense"]
    assert sum(layer.operations for layer in list_layers(net, x[:1])) == counted["Dense"]


def test_a_convolution_by_hand_counts_no_padding():
    layer = nn.Conv2d(1, 2, 3, padding=1)
    x = torch.zeros(1, 1, 3, 3)
    x[0, 0, 0, 0] = 1  # a corner reaches 4 positions of each of 2 outputs
    dense = 2 * (4 * 4 + 4 * 6 + 9)
    assert counted(layer, x) == [0, 8, dense]
    assert counted(layer, 0.25 * x) == [8, 0, dense]  # pooled spikes multiply


@pytest.mark.parametrize("groups", [1, 2], ids="groups{}".format)
@torch.no_grad()
def test_a_strided_dilated_convolution_equals_a_convolution_of_ones(groups):
    layer = nn.Conv2d(4, 6, 3, stride=2, padding=2, dilation=2, groups=groups, bias=False).double()
    layer.weight *= torch.rand_like(layer.weight) < 0.7
    x = (torch.rand(5, 4, 9, 8) < 0.3).double()
    figures = counted(layer, x)
    layer.weight.copy_(layer.weight != 0)
    effective = layer(x).sum().item()
    layer.weight.fill_(1)
    assert figures == [0, effective, layer(torch.ones_like(x)).sum().item()]


@torch.no_grad()
def test_the_first_layer_multiplies_whatever_its_input():
    net = nn.Sequential(nn.Linear(3, 2, bias=False), nn.Hardtanh(), nn.Linear(2, 5))
    net[0].weight.fill_(9)
    with counting(net) as operations:
        net(torch.tensor([[1.0, 0.0, 1.0], [0.0, 0.0, 0.0]]))
        net(torch.tensor([[1.0, 1.0, 1.0], [0.0, 0.0, 0.0]]))
    figures = operations.compute()
    layers = figures.pop("layers")
    assert [layer["name"] for layer in layers] == ["0", "2"]
    assert [layers[0][name] for name in NAMES] == [10 / 4, 0, 6]
    assert [layers[1][name] for name in NAMES] == [0, 20 / 4, 10]
    constants = {"process": "45 nm", "pj_per_mac": 4.6, "pj_per_ac": 0.9}
    assert figures.pop("energy_constants") == constants
    assert figures.pop("energy_pj") == pytest.approx(2.5 * 4.6 + 5 * 0.9)
    assert figures == {"Effective_MACs": 2.5, "Effective_ACs": 5, "Dense": 16}


def network(kind: type[Convnet] | type[Resnet20]) -> Convnet | Resnet20:
    """A small network, not all of whose weights count."""
    layers = LayerFactory(3, lambda site: Lif(site, Rectangle(width=1.0), **vars(RMP)), size=(16, 16))
    net = kind(layers, 2, 10, width=4)
    net.initialize(1)
    with torch.no_grad():
        next(net.parameters())[0, 0] = 0  # zeros in the first layer and in the last, whose inputs are no spikes
        net.head.weight[:3] = 0
    return net.train()  # by the batch's statistics, without which the deep layers are silent


INPUTS = [torch.randn(5, 2, 16, 16), torch.randint(0, 5, (3, 5, 2, 16, 16)).float()]


@pytest.mark.parametrize("x", INPUTS, ids=["images", "events"])
@pytest.mark.parametrize("kind", [Convnet, Resnet20])
@torch.no_grad()
def test_equals_neurobench(kind, x):
    models, workload = imported("neurobench.models"), imported("neurobench.metrics.workload")
    net = network(kind)
    with counting(net) as operations:
        net(x)
    model = models.TorchModel(net)
    net.train()
    model.register_hooks()
    theirs = workload.SynapticOperations()(model, model(x), (torch.zeros(5), None))
    model.cleanup_hooks()
    ours = operations.compute()
    assert all(ours[name] > 0 for name in NAMES)
    assert {name: ours[name] for name in NAMES} == pytest.approx(theirs, rel=1e-12)


@pytest.mark.parametrize("x", INPUTS, ids=["images", "events"])
@pytest.mark.parametrize("kind", [Convnet, Resnet20])
@torch.no_grad()
def test_accumulations_equal_spikingjellys(kind, x):
    counters = imported("spikingjelly.activation_based.op_counter")
    net = network(kind)
    theirs = counters.SynOpCounter()
    with counting(net) as operations:
        net(x)
    with counters.DispatchCounterMode([theirs]):  # it would see what our hooks compute
        net(x)
    assert operations.compute()["Effective_ACs"] == pytest.approx(theirs.get_total() / 5, rel=1e-12)


def test_leaves_no_hook_behind_even_after_an_error():
    net = nn.Sequential(nn.Linear(3, 2))
    with pytest.raises(RuntimeError, match="stop"), counting(net):
        raise RuntimeError("stop")
    assert not any(m._forward_hooks or m._forward_pre_hooks for m in net.modules())


@pytest.mark.cuda
@torch.no_grad()
def test_a_layers_input_is_not_copied_to_float32():
    layer = nn.Conv2d(16, 16, 3, padding=1, device="cuda")
    operations, x = SynapticOperations(), torch.ones(256, 16, 32, 32, dtype=torch.bfloat16, device="cuda")
    operations.add("first", layer, x[:1])
    before = torch.cuda.memory_allocated()
    torch.cuda.reset_peak_memory_stats()
    operations.add("layer", layer, x)
    assert torch.cuda.max_memory_allocated() - before < 2.5 * x.numel()  # bytes: masks, and a part in float32


def test_what_two_processes_counted_is_the_mean_over_all_inputs():
    layer, whole, halves = nn.Linear(2, 3), SynapticOperations(), [SynapticOperations(), SynapticOperations()]
    x = torch.tensor([[1.0, 0.0], [1.0, 1.0], [0.0, 0.0], [0.5, 0.25]])
    whole.add("layer", layer, x)
    whole.inputs = 4
    for each, rows in zip(halves, x.split([1, 3]), strict=True):
        each.add("layer", layer, rows)
        each.inputs = len(rows)
    sent = [torch.tensor(3.0).double(), halves[1].layers["layer"]]

    def add_up(tensors):
        for tensor, other in zip(tensors, sent, strict=True):
            tensor += other

    halves[0].merge(add_up)
    assert halves[0].compute() == whole.compute()
