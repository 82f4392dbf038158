"""Controls of a trained network: other samples' maps in its gates, and other thresholds."""

from collections.abc import Iterator

import pytest
import torch
from constants import RMP
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor, nn

from snnexp.backbones.convnet import Convnet
from snnexp.backbones.layers import LayerFactory
from snnexp.commands import main
from snnexp.config.compose import compose
from snnexp.errors import UserError
from snnexp.losses.cross_entropy import CrossEntropy
from snnexp.machine.team import Team
from snnexp.neurons.klif import Klif
from snnexp.neurons.lif import Lif
from snnexp.regularizers.asa import Asa
from snnexp.regularizers.spatial_attention import SpatialAttention
from snnexp.surrogates.rectangle import Rectangle
from snnexp.training.controls import noted, partly, partners, with_maps, with_thresholds
from snnexp.training.evaluation import evaluate
from snnexp.training.objective import Objective
from snnexp.training.run import train

X = torch.randint(0, 3, (3, 12, 2, 8, 8), generator=torch.Generator().manual_seed(1)).float()
Y = torch.arange(12) % 3
SITES = {"sites": ["stem", "inner", "output"]}
CLEAN = {"mask_scope": "sample", "combine": "xor", "score": "avgmax", "lam": 0.5, "reduction": 1} | SITES
GATES = {
    "asa": Asa(**CLEAN),
    "published": Asa(**CLEAN | {"mask_scope": "batch_union", "score": "frozen_fc"}),
    "spatial_attention": SpatialAttention(**SITES),
}


class Batches:
    """Events in batches of 5, 5 and 2."""

    samples, is_shared = len(Y), False

    def __len__(self) -> int:
        return 3

    def epoch(self, epoch: int, start: int = 0) -> Iterator[tuple[Tensor, Tensor]]:
        yield from zip(X.split(5, 1), Y.split(5), strict=True)


def objective(gate: str | None = None, **changes) -> Objective:
    torch.manual_seed(0)
    make_gate = GATES[gate].gate if gate else lambda site: None
    layers = LayerFactory(
        3, lambda site: Lif(site, Rectangle(width=1.0), **vars(RMP) | changes), gate=make_gate, size=(8, 8)
    )
    network = Convnet(layers, 2, 3, width=2)
    network.initialize(1)
    return Objective(network, CrossEntropy(label_smoothing=0.0), (), torch.device("cpu"), amp=False)


def figures(one: Objective) -> dict:
    (found,) = evaluate([one], Batches(), Team("cpu"))
    return found


@pytest.mark.parametrize("gate", GATES)
def test_a_samples_own_maps_change_no_bit_and_those_of_others_do(gate: str):
    one = objective(gate)
    plain = figures(one)
    for maps, same in (("own", True), ("other", False), ("mean", False)):
        with with_maps(maps, one, Batches()):
            assert (figures(one) == plain) is same
    assert figures(one) == plain and not any(each._forward_hooks for each in one.network.modules())


def test_each_gets_what_another_had_or_the_mean_of_all():
    one = objective("asa")
    own, _ = noted(one, Batches())
    expected = {name: partly(partners(Y))(rows) for name, rows in own.items()}
    assert any(not torch.equal(rows, expected[name]) for name, rows in own.items())
    for maps in ("other", "mean"):
        with with_maps(maps, one, Batches()):
            found, _ = noted(one, Batches())
        for name, rows in own.items():
            if maps == "other":
                assert torch.equal(found[name], expected[name])
            else:
                torch.testing.assert_close(found[name].sigmoid(), rows.sigmoid().mean(0, keepdim=True).expand_as(rows))


def test_clips_of_a_sample_go_together():
    rows = torch.arange(6).view(6, 1, 1, 1)  # three samples of two clips
    assert partly(torch.tensor([1, 2, 0]))(rows).flatten().tolist() == [2, 3, 4, 5, 0, 1]


@given(st.lists(st.integers(0, 4), min_size=2, max_size=40))
def test_partners_are_of_another_class_each_once(labels: list[int]):
    y = torch.tensor(labels)
    if 2 * max(labels.count(each) for each in labels) > len(labels):
        with pytest.raises(UserError, match="are of one class"):
            partners(y)
    else:
        found = partners(y)
        assert sorted(found.tolist()) == [*range(len(y))] and (y[found] != y).all()


def test_without_maps_it_says_what_has_them():
    with (
        pytest.raises(UserError, match=r"--maps: no gate of this run has spatial maps; asa, "),
        with_maps("mean", objective(), Batches()),
    ):
        pass


@pytest.mark.parametrize("factor", [1.0, 1.5])
def test_a_threshold_is_that_of_a_network_made_with_it(factor: float):
    one = objective()
    plain = figures(one)
    with with_thresholds(factor, one.network):
        assert figures(one) == figures(objective(v_threshold=factor * RMP.v_threshold))
    assert figures(one) == plain


def test_refuses_a_neuron_whose_threshold_is_no_constant():
    neuron = Klif(objective().network.spike1.neuron.site, Rectangle(width=1.0), **klif())
    with pytest.raises(UserError, match="threshold of Klif"), with_thresholds(2.0, nn.Sequential(neuron)):
        pass


def klif() -> dict:
    config = compose(["neuron=klif", "device=cpu"]).config["neuron"]
    return {name: value for name, value in config.items() if not name.startswith(("_", "by_"))}


def test_eval_tells_a_line_for_each(tmp_path, capsys: pytest.CaptureFixture):
    small = ["exp=digits_dvs", "regularizer=[spatial_attention]", "backbone.width=2", "T=2", "trainer.epochs=1"]
    result = train(compose([*small, "device=cpu", f"runs_dir={tmp_path}"]))
    run = str(result["folder"])
    capsys.readouterr()
    assert main(["eval", run, "--maps", "own", "device=cpu"]) == 0
    assert main(["eval", run, "--thresholds", "1,1.5", "device=cpu"]) == 0
    own, once, more = capsys.readouterr().out.splitlines()
    assert own.split()[:2] == ["maps:", "own"] and more.split()[:3] == ["threshold", "x", "1.5"]
    measured = f"test accuracy {100 * result['test_accuracy']:.2f} %, firing rate {result['firing_rate']:.4f}, "
    assert measured in own and measured in once and measured not in more
    for words, told in (
        (["--maps", "others"], "--maps: invalid choice: 'others'"),
        (["--thresholds", "1,0"], "--thresholds 0: must be above 0"),
        (["--thresholds", "nan"], "--thresholds nan: must be above 0"),
        (["neuron.v_threshold=0.5,1"], "neuron.v_threshold=0.5,1: a trained network takes one value"),
        (["--thresholds", "1,two"], "--thresholds: invalid numbers value: '1,two'"),
        (["--maps", "own", "--thresholds", "2"], "--thresholds: not allowed with argument --maps"),
    ):
        assert main(["eval", run, *words, "device=cpu"]) == 2
        out, err = capsys.readouterr()
        assert told in err and not out
