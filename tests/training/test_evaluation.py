"""One pass over a set: what it finds, and what processes that share it find together."""

from collections.abc import Iterator

import torch
from constants import RMP
from torch import Tensor

from snnexp.backbones.convnet import Convnet
from snnexp.backbones.layers import LayerFactory
from snnexp.losses.cross_entropy import CrossEntropy
from snnexp.machine.team import Team
from snnexp.neurons.lif import Lif
from snnexp.surrogates.rectangle import Rectangle
from snnexp.training.evaluation import evaluate, inspect
from snnexp.training.objective import Objective

X = torch.randint(0, 3, (3, 12, 2, 8, 8), generator=torch.Generator().manual_seed(1)).float()
Y = torch.arange(12) % 3


class Part:
    """Every `size`th sample of events, in batches of one, as one of so many processes has them."""

    samples = len(Y)

    def __init__(self, rank: int = 0, size: int = 1) -> None:
        self.rows = torch.arange(rank, len(Y), size)
        self.is_shared = size > 1
        self.passes = 0

    def __len__(self) -> int:
        return len(self.rows)

    def epoch(self, epoch: int, start: int = 0) -> Iterator[tuple[Tensor, Tensor]]:
        self.passes += 1
        for row in self.rows[start:].split(1):
            yield X[:, row], Y[row]


class Recorded(Team):
    """Notes what a process sends, or answers with the sum of what both of two sent."""

    def __init__(self, sent: list[list[Tensor]] | None = None) -> None:
        super().__init__("cpu")
        self.sent: list[list[Tensor]] = []
        self.other = iter(sent or [])

    def add_up(self, tensors) -> None:
        tensors = list(tensors)
        self.sent.append([each.clone() for each in tensors])
        for each, more in zip(tensors, next(self.other, []), strict=False):
            each += more


def objective(seed: int = 1) -> Objective:
    layers = LayerFactory(3, lambda site: Lif(site, Rectangle(width=1.0), **vars(RMP)), size=(8, 8))
    network = Convnet(layers, 2, 3, width=2)
    network.initialize(seed)
    return Objective(network, CrossEntropy(label_smoothing=0.0), (), torch.device("cpu"), amp=False)


def test_hooks_change_no_figure_and_are_gone_afterwards():
    one = objective()
    (plain,), (full,) = evaluate([one], Part(), Team("cpu")), inspect([one], Part(), Team("cpu"))
    assert {name: full[name] for name in plain if name != "layers"} == {k: v for k, v in plain.items() if k != "layers"}
    assert [layer["firing_rate"] for layer in full["layers"]] == [layer["firing_rate"] for layer in plain["layers"]]
    assert full["synaptic_operations"]["Effective_MACs"] > 0 and "null_maps" in full["layers"][0]
    assert not any(m._forward_hooks or m._forward_pre_hooks for m in one.network.modules())


def test_several_networks_are_evaluated_in_one_pass():
    first, second, batches = objective(1), objective(2), Part()
    found = evaluate([first, second], batches, Team("cpu"))
    assert batches.passes == 1
    assert found == [*evaluate([first], Part(), Team("cpu")), *evaluate([second], Part(), Team("cpu"))]
    assert found[0]["loss"] != found[1]["loss"]


def test_two_processes_find_together_what_one_finds():
    one, other = objective(), Recorded()
    (whole,) = inspect([one], Part(), Team("cpu"))
    inspect([one], Part(1, 2), other)
    (merged,) = inspect([one], Part(0, 2), Recorded(other.sent))
    assert merged["synaptic_operations"] == whole["synaptic_operations"]
    told = {name: value for name, value in whole["classification"].items() if name != "right"}  # of one process alone
    assert merged["classification"] == told and merged["accuracy"] == whole["accuracy"]
    for name in ("null_maps", "noise_maps", "normal_maps", "noise_spikes"):
        assert [layer.get(name) for layer in merged["layers"]] == [layer.get(name) for layer in whole["layers"]]
