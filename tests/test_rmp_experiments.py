"""The experiments of RMP and InfLoR have the specification's networks and recipes, and differ as they say."""

from typing import Any

import pytest
import torch

from snnexp.config.compose import Composed, build, compose
from snnexp.config.places import options
from snnexp.neurons.base import recording
from snnexp.norms.layers import BatchNorm
from snnexp.regularizers.base import Outputs
from snnexp.tables.papers import numbers
from snnexp.training.assembly import make_network
from snnexp.training.parts import part

# Parameters by data set and backbone (specification 3.3); with events the first convolution reads 2 channels, not 3.
NETWORKS = {
    ("cifar10", "resnet20"): 11_247_946,
    ("cifar10", "resnet19"): 12_569_226,
    ("cifar10", "vgg16"): 14_728_266,
    ("cifar100", "resnet20"): 11_294_116,
    ("cifar100", "resnet19"): 12_615_396,
    ("cifar100", "vgg16"): 14_774_436,
    ("cifar10_dvs", "resnet20"): 11_247_946 - 9 * 64,
    ("cifar10_dvs", "resnet19"): 12_569_226 - 9 * 128,
    ("imagenet", "resnet18"): 11_689_512,
    ("imagenet", "resnet34"): 21_797_672,
}
NEURON = {
    "v_threshold": 0.5, "strict": True, "decay_input": False, "v_reset": 0.0, "v_subtract": 1.0, "detach_reset": False
}  # fmt: skip
IMAGES = ["crop", "flip", "autoaugment", "cutout"]
DVS = ["flip", "roll"]
RECIPES = {  # T, epochs, batch, augmentation, learning rate, what weight decay acts on (specification 4)
    "rmp_vanilla_cifar10": (4, 400, 128, IMAGES, 0.1, "weights"),
    "rmp_vanilla_cifar10_dvs": (10, 400, 128, DVS, 0.1, "weights"),
    "rmp_vanilla_imagenet": (4, 320, 320, ["flip"], 0.1, "weights"),
    "inflor_vanilla_cifar10": (4, 400, 128, IMAGES, 0.01, "all"),
    "inflor_vanilla_cifar10_dvs": (10, 400, 128, DVS, 0.01, "all"),
    "inflor_vanilla_imagenet": (4, 320, 320, ["flip"], 0.1, "weights"),
}


def network(composed: Composed) -> Any:
    regularizers = [build(node) for node in composed.config["regularizer"].values()]
    return make_network(composed, part(composed, "dataset"), regularizers)


def test_every_network_of_the_papers_tables_is_counted():
    assert {(n.dataset, n.backbone) for n in numbers().values() if n.paper in ("rmp", "inflor")} == NETWORKS.keys()


@pytest.mark.parametrize("method", ["rmp", "inflor"])
@pytest.mark.parametrize(("dataset", "backbone"), NETWORKS)
def test_builds_the_papers_networks(dataset: str, backbone: str, method: str):
    made = network(compose([f"exp={method}_{dataset}", f"backbone={backbone}"]))
    assert sum(p.numel() for p in made.parameters()) == NETWORKS[dataset, backbone]


@pytest.mark.parametrize("name", RECIPES)
def test_recipes_are_the_specifications(name: str):
    config = compose([f"exp={name}"]).config
    T, epochs, batch, augment, lr, decayed = RECIPES[name]
    inflor = name.startswith("inflor")
    constants = NEURON | {"decay": 1.0 if inflor else 0.25, "reset": "hard"}
    optimizer = {"lr": lr, "momentum": 0.9, "nesterov": False, "weight_decay": 1e-4, "weight_decay_on": decayed}
    assert config["neuron"] == {"_target_": "snnexp.neurons.lif.Lif"} | constants
    assert config["surrogate"] == {"_target_": "snnexp.surrogates.rectangle.Rectangle", "width": 1.0}
    assert config["norm"]["_target_"].endswith(".Tdbn" if inflor else ".Bn")
    assert (config["T"], list(config["augment"])[1:]) == (T, augment)
    assert {key: config["optimizer"][key] for key in optimizer} == optimizer
    assert (config["trainer"]["epochs"], config["trainer"]["batch_size"]) == (epochs, batch)
    assert (config["schedule"]["T_max"], config["schedule"]["eta_min"]) == (epochs, 0)


@pytest.mark.parametrize("method", ["rmp", "inflor"])
def test_cifar100_has_the_recipe_of_cifar10(method: str):
    ten, hundred = (compose([f"exp={method}_{name}"]).config for name in ("cifar10", "cifar100"))
    assert ten.pop("dataset") != hundred.pop("dataset") and ten == hundred


ADDED = {  # the reset and the regularizers of each condition
    "rmp": ("hard", ["rmp"]), "inflor_soft": ("soft", []), "inflor_mpr": ("hard", ["mpr"]), "inflor": ("soft", ["mpr"])
}  # fmt: skip
DATASETS = ("cifar10_dvs", "cifar100", "cifar10", "imagenet")
CONDITIONS = [name for name in options("exp") if name.startswith(("rmp", "inflor")) and "vanilla" not in name]
CONDITIONS.remove("rmp_early_cifar10")


@pytest.mark.parametrize("name", CONDITIONS)
def test_an_arm_differs_from_its_baseline_in_what_it_adds(name: str):
    dataset = next(dataset for dataset in DATASETS if name.endswith(dataset))
    method = name.removesuffix(f"_{dataset}")
    baseline = f"{method.partition('_')[0]}_vanilla_{dataset}"
    vanilla, other = (compose([f"exp={each}"]).config for each in (baseline, name))
    assert (other["neuron"].pop("reset"), list(other.pop("regularizer"))) == ADDED[method]
    assert (vanilla["neuron"].pop("reset"), vanilla.pop("regularizer")) == ("hard", {})
    assert vanilla == other


def test_the_early_form_differs_in_what_is_known_of_its_code():
    early, rmp = (compose([f"exp={name}"]).config for name in ("rmp_early_cifar10", "rmp_cifar10"))
    assert early.pop("surrogate") == {"_target_": "snnexp.surrogates.tanh.Tanh", "k": 3.0} != rmp.pop("surrogate")
    ours, theirs = (each["regularizer"]["rmp"] for each in (rmp, early))
    assert theirs | {"tensor": "v_pre", "sites": "all"} == ours and theirs["tensor"] == "x"
    assert early | {"regularizer": {}} == rmp | {"regularizer": {}}


def test_the_loss_is_a_triangle_that_peaks_at_a_tenth_on_the_potential_of_all_layers():
    node = compose(["exp=rmp_cifar10"]).config["regularizer"]["rmp"]
    assert {key: node[key] for key in ("schedule", "weight", "tensor", "sites")} == {
        "schedule": "triangle", "weight": 0.1, "tensor": "v_pre", "sites": "all"
    }  # fmt: skip


@pytest.mark.parametrize("norm", ["bn", "tdbn"])
@pytest.mark.parametrize("backbone", ["resnet18", "resnet19", "resnet20", "resnet34", "vgg16"])
@pytest.mark.parametrize("method", ["rmp", "inflor_soft", "inflor_mpr", "inflor"])
def test_every_method_takes_either_norm(method: str, backbone: str, norm: str):
    overrides = [f"exp={method}_cifar10", f"backbone={backbone}", f"norm={norm}", "backbone.width=2"]
    scales = {module.scale for module in network(compose(overrides)).modules() if isinstance(module, BatchNorm)}
    assert scales == ({1.0, 0.5, 0.5 * 0.5**0.5} if norm == "tdbn" and backbone != "vgg16" else {1.0})


@pytest.mark.parametrize(("backbone", "sites"), [("resnet20", 11), ("resnet19", 9), ("vgg16", 13)])
def test_block_outputs_are_the_layers_of_the_authors_early_code(backbone: str, sites: int):
    words = ["exp=rmp_cifar10", f"backbone={backbone}", "backbone.width=4", "regularizer.rmp.sites=block_outputs"]
    composed = compose([*words, "regularizer.rmp.schedule=constant", "regularizer.rmp.weight=1"])
    loss = build(composed.config["regularizer"]["rmp"])
    made = network(composed)
    with recording() as records:
        made(torch.randn(2, 3, 32, 32))
    chosen = [record.quantization_error for record in records if record.site.role != "inner"]
    assert len(chosen) == sites
    outputs = Outputs(torch.zeros(2, 10), torch.zeros(2, dtype=torch.int64), records, torch.tensor(0.0))
    torch.testing.assert_close(loss.penalty(outputs), torch.stack(chosen).mean())
