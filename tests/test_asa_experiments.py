"""ASA's experiments build the networks that the specification counts, with the neurons and gates it names."""

import pytest

from snnexp.config.compose import Composed, build, compose
from snnexp.config.targets import own_keys
from snnexp.training.assembly import make_network

THREE, FIVE = (0.3, 0.3, False), (0.5, 1.0, False)  # decay, v_threshold, strict
BEHIND_THE_STEM = (1.0, 1.0, False)
NETWORKS = {
    "dvs128_gesture": (60, THREE, 2_323_531, 5514),
    "dvs128_gait_day": (60, THREE, 2_325_844, 5514),
    "dvs128_gait_night": (60, THREE, 548_980, 2634),
    "dvs128_gesture_frames": (20, FIVE, 1_698_933, 2190),
    "daily_action_dvs": (36, FIVE, 917_631, 6670),
    "har_dvs": (8, BEHIND_THE_STEM, 11_327_341, 8 * 36),
}
# dt (ms), ds, batches in training and test, epochs, learning rate, weight decay, reduction (specification 8.2)
RECIPES = {
    "dvs128_gesture": (15, 4, 32, 4, 200, 1e-4, 1e-4, 4),
    "dvs128_gait_day": (15, 4, 32, 4, 200, 1e-4, 1e-4, 4),
    "dvs128_gait_night": (15, 4, 32, 8, 100, 1e-4, 1e-4, 8),
    "dvs128_gesture_frames": (15, 1, 8, 4, 200, 1e-3, 0, 1),  # by number: dt says nothing
    "daily_action_dvs": (120, 2, 4, 1, 100, 1e-3, 0, 1),
}


def parameters(composed: Composed) -> int:
    dataset = build(own_keys("dataset", composed.config["dataset"]))
    regularizers = [build(node) for node in composed.config["regularizer"].values()]
    return sum(p.numel() for p in make_network(composed, dataset, regularizers).parameters())


@pytest.mark.parametrize(("name", "expected"), NETWORKS.items(), ids=list(NETWORKS))
def test_builds_the_papers_networks(name, expected):
    T, neuron, backbone, gates = expected
    vanilla, asa = compose([f"exp=asa_vanilla_{name}"]), compose([f"exp=asa_{name}"])
    for composed in (vanilla, asa):
        assert composed.config["T"] == T
        assert tuple(composed.config["neuron"][key] for key in ("decay", "v_threshold", "strict")) == neuron
    assert [parameters(vanilla), parameters(asa)] == [backbone, backbone + gates]


@pytest.mark.parametrize("name", RECIPES)
def test_recipes_are_the_specifications(name):
    config = compose([f"exp=asa_{name}"]).config
    data, trainer, optimizer, asa = (
        config["dataset"],
        config["trainer"],
        config["optimizer"],
        config["regularizer"]["asa"],
    )
    sizes = (trainer["batch_size"], trainer["eval_batch_size"], trainer["epochs"])
    assert (data["dt"], data["ds"], *sizes, optimizer["lr"], optimizer["weight_decay"], asa["reduction"]) == RECIPES[
        name
    ]
    assert data["clips"] == 10 and data.get("framing", "clips") == ("number" if name.endswith("frames") else "clips")
    assert (optimizer["_target_"], optimizer["betas"]) == ("torch.optim.Adam", (0.9, 0.999))
    assert config["loss"] == {"_target_": "snnexp.losses.mse_rate.MseRate"}
    assert (config["schedule"]["T_max"], config["schedule"]["eta_min"]) == (trainer["epochs"], 1e-6)
    surrogate = {"width": 0.5} if NETWORKS[name][1] == THREE else {"alpha": 2.0}
    assert config["surrogate"].items() >= surrogate.items()
    assert list(config["augment"])[1:] == (["eventdrop"] if "gait" in name else [])
    published = {"mask_scope": "batch_union", "combine": "xor", "score": "frozen_fc", "lam": 0.5}
    assert asa.items() >= published.items()


def test_padded_frames_give_the_published_network_on_daily_actions():
    assert parameters(compose(["exp=asa_vanilla_daily_action_dvs", "dataset.pad=[130,173]"])) == 1_966_207


@pytest.mark.parametrize("name", NETWORKS)
def test_vanilla_and_asa_differ_in_the_regularizer_alone(name):
    vanilla, asa = (compose([f"exp={method}_{name}"]).config for method in ("asa_vanilla", "asa"))
    assert vanilla.pop("regularizer") == {} and list(asa.pop("regularizer")) == ["asa"]
    assert vanilla == asa


@pytest.mark.parametrize("name", ["asa", "asa_faithful", "constant_gate"])
def test_rows_on_nmnist_differ_in_the_regularizer_alone(name):
    vanilla, other = (compose([f"exp=nmnist_{each}"]).config for each in ("vanilla", name))
    assert vanilla.pop("regularizer") == {} and len(other.pop("regularizer")) == 1
    assert vanilla == other
