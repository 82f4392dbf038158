"""Parts written outside the package, one file and one yaml each: they do all that the package's own do."""

import importlib
import json
import shlex
import sys
from pathlib import Path

import pytest
import torch
from constants import RMP
from penalized import outputs

from snnexp.commands import main
from snnexp.config.compose import compose
from snnexp.errors import Preempted, UserError
from snnexp.losses.cross_entropy import CrossEntropy
from snnexp.losses.tet import Tet
from snnexp.neurons.alif import Alif
from snnexp.neurons.base import Site, recording
from snnexp.neurons.fractional_lif import FractionalLif
from snnexp.neurons.layers import Stepwise
from snnexp.neurons.mpbn_lif import MpbnLif
from snnexp.norms.base import NormSite
from snnexp.norms.tebn import Tebn
from snnexp.ops.lif import lif
from snnexp.regularizers.base import Regularizer
from snnexp.regularizers.rate import Rate
from snnexp.runs.results import read_result
from snnexp.surrogates.rectangle import Rectangle
from snnexp.training.assembly import make
from snnexp.training.journal import RunJournal
from snnexp.training.objective import Objective
from snnexp.training.run import train

HERE = Path(__file__).parent / "strangers"
MODULES = tuple(path.stem for path in sorted(HERE.glob("*.py")))
ALLOWED = str(HERE / "configs"), MODULES
NEURONS = ["adaptive_lif", "my_fractional_lif", "normalized_lif"]
SMALL = ["backbone.width=2", "T=2", "device=cpu"]
SITE = Site("inner0", 0, 3, 4, "inner")
WORDS = [f"--config-dir={ALLOWED[0]}", *(f"--allow-module={module}" for module in MODULES)]


@pytest.fixture(scope="session", autouse=True)
def on_the_path():
    """Their modules can be imported, as they can from the folder in which a user stands."""
    sys.path.insert(0, str(HERE))
    yield
    sys.path.remove(str(HERE))


def run(folder: Path, neuron: str) -> Path:
    """Trains with a neuron and all other parts of a stranger's."""
    words = ["exp=strangers", "device=cpu", f"neuron={neuron}", f"runs_dir={folder}"]
    return Path(train(compose(words, *ALLOWED))["folder"])


@pytest.fixture(scope="session")
def trained(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A finished run of each neuron."""
    folder = tmp_path_factory.mktemp("strangers")
    return {neuron: run(folder, neuron) for neuron in NEURONS}


def rows(folder: Path) -> list[dict]:
    """The metrics of a run without its times."""
    lines = [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]
    return [{k: v for k, v in line.items() if k not in ("seconds", "samples_per_second")} for line in lines]


@pytest.mark.parametrize("neuron", NEURONS)
def test_resumes_to_the_same_bits(neuron: str, trained, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    calls = iter(range(100))
    with monkeypatch.context() as patch, pytest.raises(Preempted):
        patch.setattr(RunJournal, "stopped_by", lambda self: "SIGTERM" if next(calls) == 5 else None)
        run(tmp_path, neuron)
    assert rows(run(tmp_path, neuron)) == rows(trained[neuron])


@pytest.mark.parametrize("neuron", NEURONS)
def test_counts_operations_and_learns(neuron: str, trained):
    result, (first, last) = read_result(trained[neuron]), rows(trained[neuron])
    assert 0 < result["synaptic_operations"]["Effective_ACs"] < result["synaptic_operations"]["Dense"]
    assert 0 < result["firing_rate"] < 1 and len(result["layers"]) == 3
    assert last["train_loss"] < first["train_loss"]


def test_is_evaluated_reported_and_drawn(trained, capsys: pytest.CaptureFixture):
    folder = trained["adaptive_lif"]
    allowed = [f"--allow-module={module}" for module in MODULES]
    assert main(["eval", str(folder), *allowed]) == 0
    assert f"{100 * read_result(folder)['test_accuracy']:.2f} %" in capsys.readouterr().out
    assert main(["plot", str(folder), *allowed]) == 0
    assert main(["report", str(folder.parent), *allowed]) == 0
    page = (folder.parent / "report.html").read_text()
    assert all(trained[neuron].name.partition("-")[0] in page for neuron in NEURONS)


def test_stands_in_a_table_with_what_is_missing(trained, capsys: pytest.CaptureFixture):
    runs = f"runs_dir={trained['adaptive_lif'].parents[1]}"
    assert main(["table", "strangers", runs, *WORDS]) == 0
    out = capsys.readouterr().out
    for neuron in NEURONS:
        assert f"{100 * read_result(trained[neuron])['test_accuracy']:.2f}" in out
    assert main(["table", "strangers", "--missing", f"{runs}x", *WORDS]) == 0
    words = ["exp=strangers", "neuron=adaptive_lif", f"{runs}x", "seed=1", *WORDS]
    assert capsys.readouterr().out.splitlines()[0] == shlex.join(["snnexp", "sweep", *words])


@pytest.mark.parametrize("neuron", NEURONS)
def test_nir_has_no_node_for_it(neuron: str, trained, capsys: pytest.CaptureFixture):
    pytest.importorskip("nir")
    allowed = [f"--allow-module={module}" for module in MODULES]
    assert main(["export", str(trained[neuron]), "--format", "nir", *allowed]) == 2
    assert "--format nir: " in capsys.readouterr().err


@pytest.mark.parametrize("backbone", ["convnet", "asa_3layer"])
def test_a_loss_of_steps_sees_those_whose_mean_the_network_gives(backbone: str):
    composed = compose([*SMALL, f"backbone={backbone}", "dataset=digits_dvs", "T=3"])
    dataset, trainer = make(composed)
    x = torch.randn(3, 2, 2, *dataset.size)
    steps = trainer.network.eval()(x, per_step=True)
    assert steps.shape == (3, 2, 10)
    torch.testing.assert_close(steps.mean(0), trainer.network(x))


def strangers(name: str) -> type:
    """The class of a stranger's module."""
    return getattr(importlib.import_module(name), "".join(word.capitalize() for word in name.split("_")))


def test_a_strangers_loss_is_the_packages():
    y, zero = torch.tensor([0, 1, 2, 3, 0]), torch.tensor(0.0)
    logits, constants = torch.randn(3, 5, 4, requires_grad=True), {"lam": 0.3, "phi": 0.5}
    losses = [cls(**constants)(logits, y, zero) for cls in (strangers("my_tet"), Tet)]
    torch.testing.assert_close(*losses)
    torch.testing.assert_close(*(torch.autograd.grad(loss, logits)[0] for loss in losses))


def test_a_strangers_penalty_is_the_packages():
    spikes = torch.rand(2, 3, 5, requires_grad=True)
    both = strangers("my_rate")(weight=2.0, target=0.1), Rate(weight=2.0, lower=0.1, upper=0.1)
    penalties = [each.penalty(outputs({"spikes": spikes}, {"spikes": spikes.square()})) for each in both]
    torch.testing.assert_close(*penalties)
    torch.testing.assert_close(*(torch.autograd.grad(penalty, spikes)[0] for penalty in penalties))


def test_a_penalty_on_the_rate_lowers_it():
    composed = compose([*SMALL, "regularizer=[my_rate]", "regularizer.my_rate.target=0"], *ALLOWED)
    _, trainer = make(composed)
    x, y = torch.rand(4, 1, 8, 8), torch.arange(4)
    _, _, penalty, records = trainer.objective(x, y)
    rates = torch.stack([record.firing_rate for record in records])
    torch.testing.assert_close(penalty, rates.square().mean())
    assert all(record.spikes.requires_grad and record.x is record.v_pre is None for record in records)
    (gradient,) = torch.autograd.grad(records[-1].spikes.mean(), trainer.network.spike3.norm.bias)
    assert (gradient >= 0).all() and gradient.any()


class Misspelt(Regularizer):
    needs = frozenset({"spike"})


def test_a_tensor_that_no_record_holds_is_refused():
    with pytest.raises(UserError, match="needs 'spike'; records hold spikes, v_pre, x"):
        Objective(torch.nn.Identity(), CrossEntropy(label_smoothing=0.0), [Misspelt()], torch.device("cpu"), False)


def made(name: str, **constants) -> Stepwise:
    """A neuron of three channels."""
    return strangers(name)(SITE, Rectangle(width=1.0), **constants)


def test_adaptive_trace_by_hand():
    neuron = made("adaptive_lif", decay=0.5, v_threshold=1.0, beta=0.5, rho=0.5)
    # v_pre 1.2 fires, v 0.2, a 1; v_pre 1.3 against 1.5 does not, a 0.5; v_pre 1.85 against 1.25 fires
    with recording(frozenset({"v_pre"})) as records:
        assert neuron(torch.full((3, 1, 1), 1.2)).flatten().tolist() == [1, 0, 1]
    torch.testing.assert_close(records[0].v_pre.flatten(), torch.tensor([1.2, 0.8, 1.6]))  # less beta a


def test_adaptive_is_the_package_s_own():
    torch.manual_seed(0)
    constants, x = {"decay": 0.6, "v_threshold": 0.5, "beta": 0.3, "rho": 0.7}, torch.randn(4, 8, 3, 5).double()
    same(made("adaptive_lif", **constants), Alif(SITE, Rectangle(width=1.0), **constants), x.requires_grad_())


def test_fractional_is_the_package_s_own():
    torch.manual_seed(0)
    constants, x = {"order": 0.6, "tau": 3.0, "v_threshold": 0.5}, 3 * torch.randn(4, 8, 3, 5, dtype=torch.float64)
    x.requires_grad_()
    own = FractionalLif(SITE, Rectangle(width=1.0), **constants, memory=None, detach_reset=False)
    same(made("my_fractional_lif", **constants), own, x)


def same(one: Stepwise, other: Stepwise, x: torch.Tensor) -> None:
    """Two independent forms of one equation give the same spikes, potentials and gradients."""
    found = [each.fire(x, T=None, return_v_pre=True) for each in (one, other)]
    assert torch.equal(found[0].spikes, found[1].spikes) and 0.1 < found[0].firing_rate < 0.9
    torch.testing.assert_close(found[0].v_pre, found[1].v_pre)
    slopes = [torch.autograd.grad(out.spikes.square().sum() + out.quantization_error, x)[0] for out in found]
    torch.testing.assert_close(*slopes)


def test_normalized_is_the_package_s_own():
    torch.manual_seed(0)
    constants, x = {"decay": 0.25, "v_threshold": 0.5}, torch.randn(4, 8, 3, 5, 5).double()
    own = MpbnLif(SITE, Rectangle(width=1.0), **constants, momentum=0.1, eps=1e-5)
    same(made("normalized_lif", **constants).double(), own.double(), x.requires_grad_())


def test_normalized_fires_on_the_normalized_potential():
    neuron, x = made("normalized_lif", decay=0.25, v_threshold=0.5), 5 * torch.randn(2, 8, 3, 4, 4) + 2
    expected = torch.nn.functional.batch_norm(x[0], None, None, training=True)
    assert torch.equal(neuron(x)[0], (expected > 0.5).float())


def test_a_strangers_norm_that_differs_by_step_is_the_packages():
    site, x = NormSite(3, 4, "inner", 0.5), torch.randn(1, 2, 3, 5, 5, requires_grad=True)
    mine, ours = strangers("my_tebn")(site, momentum=0.1, eps=1e-5), Tebn(site, momentum=0.1, eps=1e-5, running=True)
    mine.p.data, ours.p.data = torch.arange(4.0).view(4, 1, 1, 1, 1), torch.arange(4.0)
    steps = [norm(x, copies=4) for norm in (mine, ours)]
    torch.testing.assert_close(*steps)
    torch.testing.assert_close(*(torch.autograd.grad(y.square().sum(), x)[0] for y in steps))
    torch.testing.assert_close(mine.running_var, ours.running_var)
    neuron = RMP, Rectangle(), None
    assert torch.equal(mine.lif(x, *neuron, residual=None, T=4).spikes, lif(steps[0], *neuron).spikes)
