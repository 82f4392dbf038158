"""What `snnexp show` tells of a network is what a run of it measures."""

from collections.abc import Callable
from itertools import pairwise

import pytest
import torch
from torch.profiler import ProfilerActivity, profile

from snnexp.config.compose import Composed, compose
from snnexp.config.places import options
from snnexp.metrics.synaptic_operations import counting
from snnexp.training import assembly
from snnexp.training.objective import Objective
from snnexp.training.outline import example, optimizer_copies, outline

CPU = torch.device("cpu")


@pytest.mark.parametrize("words", [["exp=digits_dvs", "T=3"], ["backbone=resnet19", "dataset=cifar10"]], ids=" ".join)
def test_layers_are_those_of_the_network(words: list[str]):
    composed = compose([*words, "backbone.width=4", "regularizer=[]"])
    found = outline(composed)
    dataset = assembly.describe_dataset(composed)
    network = assembly.make_network(composed, dataset, []).eval()
    with torch.no_grad(), counting(network) as operations:
        network(example(composed, dataset, 1))
    counted = {each["name"]: each["Dense"] for each in operations.compute()["layers"]}
    assert {each.name: each.operations for each in found.layers if each.operations} == counted
    assert sum(each.parameters for each in found.layers) == found.parameters
    assert found.parameters == sum(p.numel() for p in network.parameters())
    neurons = {each.name: (each.steps, each.shape, each.neurons) for each in found.layers if each.neurons}
    sites = {name: module.site for name, module in network.named_modules() if hasattr(module, "site")}
    assert neurons.keys() == sites.keys()
    assert all(
        (steps, shape[0]) == (sites[name].T, sites[name].channels) for name, (steps, shape, _) in neurons.items()
    )


def test_a_static_image_passes_the_stem_once():
    stem, norm, neuron, *_ = outline(compose(["backbone.width=4", "T=3"])).layers
    assert [each.steps for each in (stem, norm, neuron)] == [1, 1, 3]
    assert stem.shape == norm.shape == neuron.shape == (4, 8, 8) and neuron.neurons == 256


def test_memory_grows_with_the_samples_that_are_computed_at_once():
    words = [[], ["trainer.batch_size=128"], ["trainer.batch_size=128", "trainer.accumulate=2"], ["launch.nproc=2"]]
    memories = [outline(compose(["backbone.width=4", *each])).memory for each in words]
    assert [each.samples for each in memories] == [64, 128, 64, 32]
    at_32, at_64, at_128 = (memories[i].activations for i in (3, 0, 1))
    assert memories[2].activations == at_64
    assert at_128 - at_64 == 2 * (at_64 - at_32) > 0


def test_checkpointing_and_bfloat16_take_less():
    words = [[], ["trainer.amp=true"], ["trainer.checkpoint_activations=true"]]
    usual, *less = [outline(compose(["exp=rmp_cifar10", "backbone.width=4", *each])).memory for each in words]
    assert all(each.activations < 0.9 * usual.activations for each in less)


@pytest.mark.parametrize("name", [*options("optimizer")])
def test_counts_what_an_optimizer_keeps(name: str):
    for more in ([], ["optimizer.momentum=0"]) if name == "sgd" else ([],):
        composed = compose([f"optimizer={name}", *more])
        weight = torch.nn.Linear(30, 30, bias=False)
        optimizer = assembly.make_optimizer(composed, weight)
        weight(torch.ones(1, 30)).sum().backward()
        optimizer.step()
        kept = [each.numel() for each in optimizer.state[weight.weight].values() if isinstance(each, torch.Tensor)]
        assert optimizer_copies(composed.config["optimizer"]) == sum(n == 900 for n in kept)
    assert optimizer_copies({"_target_": "torch.optim.Rprop"}) is None


def measured(composed: Composed, samples: int) -> int:
    """Bytes that PyTorch's allocator has at most in a real step, as its profiler tells."""
    dataset, regularizers = assembly.describe_dataset(composed), assembly.make_regularizers(composed)
    network = assembly.make_network(composed, dataset, regularizers).train()
    for p in network.parameters():
        if p.dim() == 4:
            p.data = p.data.to(memory_format=torch.channels_last)
    objective = Objective(network, assembly.part(composed, "loss"), regularizers, CPU, False)
    x, y = example(composed, dataset, samples), torch.zeros(samples, dtype=torch.int64)
    objective(x, y)[1].backward()  # kernels are compiled
    network.zero_grad(set_to_none=True)
    with profile(activities=[ProfilerActivity.CPU], profile_memory=True) as profiled:
        objective(x, y)[1].backward()
    assert profiled.profiler is not None and profiled.profiler.kineto_results is not None
    events = sorted(profiled.profiler.kineto_results.events(), key=lambda event: event.start_ns())
    now = most = x.nbytes
    for event in events:
        if event.name() == "[memory]":
            now += event.nbytes()
            most = max(most, now)
    return most


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")  # of the profiler
@pytest.mark.parametrize(
    ("what", "words"),
    [
        ("ResNet-20 of width 16, 64 images", ["backbone=resnet20", "backbone.width=16", "dataset=cifar10"]),
        ("`digits_dvs`, 64 recordings", ["exp=digits_dvs"]),
    ],
    ids=["resnet20", "digits_dvs"],
)
def test_memory_is_within_a_fifth_of_what_is_measured(what: str, words: list[str], figure: Callable[[str, str], None]):
    composed = compose([*words, "device=cpu"])
    told, found = outline(composed).memory, measured(composed, 64)
    assert 0.8 < told.activations / found < 1.2
    mib = [f"{count / 2**20:.0f}" for count in (told.activations, found)]
    figure(f"memory of a training step by `snnexp show`, {what}", f"{mib[0]} MiB, where {mib[1]} MiB are measured")


def test_names_come_in_the_order_of_computing():
    names = [each.name for each in outline(compose(["backbone.width=4"])).layers]
    places = [names.index(name) for name in ("stem.module", "spike1.neuron", "conv3.module", "head")]
    assert all(a < b for a, b in pairwise(places))
