"""ASA's experiments build the networks that the specification counts, with the neurons and gates it names."""

import pytest

from snnexp.config import Composed, build, compose
from snnexp.train import make_network

THREE, FIVE = (0.3, 0.3, False), (0.5, 1.0, False)  # decay, v_threshold, strict
NETWORKS = {
    "dvs128_gesture": (60, THREE, 2_323_531, 5514),
    "dvs128_gait_day": (60, THREE, 2_325_844, 5514),
    "dvs128_gait_night": (60, THREE, 548_980, 2634),
    "dvs128_gesture_frames": (20, FIVE, 1_698_933, 2190),
    "daily_action_dvs": (36, FIVE, 917_631, 6670),
    "har_dvs": (8, FIVE, 11_327_341, 8 * 36),
}


def parameters(composed: Composed) -> int:
    dataset = build(composed.config["dataset"])
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


def test_padded_frames_give_the_published_network_on_daily_actions():
    assert parameters(compose(["exp=asa_vanilla_daily_action_dvs", "dataset.pad=[130,173]"])) == 1_966_207


@pytest.mark.parametrize("name", NETWORKS)
def test_arms_differ_in_the_regularizer_alone(name):
    vanilla, asa = (compose([f"exp={arm}_{name}"]).config for arm in ("asa_vanilla", "asa"))
    assert vanilla.pop("regularizer") == {} and list(asa.pop("regularizer")) == ["asa"]
    assert vanilla == asa


@pytest.mark.parametrize("arm", ["asa", "asa_faithful", "constant_gate"])
def test_arms_on_nmnist_differ_in_the_regularizer_alone(arm):
    vanilla, other = (compose([f"exp=nmnist_{name}"]).config for name in ("vanilla", arm))
    assert vanilla.pop("regularizer") == {} and len(other.pop("regularizer")) == 1
    assert vanilla == other
