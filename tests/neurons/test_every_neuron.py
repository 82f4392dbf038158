"""What holds for every neuron there is: its gradients, a run that is stopped and resumes, and its exports."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from snnexp.commands import main
from snnexp.config.compose import compose
from snnexp.config.places import options
from snnexp.errors import Preempted
from snnexp.neurons.base import Site
from snnexp.ops.lif.reference import SpikeFunction
from snnexp.surrogates.base import Surrogate
from snnexp.training.assembly import make_neuron
from snnexp.training.journal import RunJournal
from snnexp.training.run import train
from snnexp.training.trained import load

# without presets, which give a neuron other values
NEURONS = [name for name, path in options("neuron").items() if "\ndefaults:" not in path.read_text()]
SMALL = ["device=cpu", "backbone.width=2", "T=2", "trainer.epochs=2", "trainer.batch_size=500"]


class Smooth(Surrogate):
    """The slope of the logistic function, without fast forms: the reference runs, whose spikes a test makes smooth."""

    def __call__(self, z: Tensor) -> Tensor:
        return torch.sigmoid(z) * (1 - torch.sigmoid(z))


def smooth(ctx: Any, v_pre: Tensor, v_threshold: float, strict: bool, surrogate: Any, rectifier: Any) -> Tensor:
    ctx.save_for_backward(v_pre)
    ctx.constants = v_threshold, surrogate, rectifier
    return torch.sigmoid(v_pre - v_threshold)


# SLTT's gradient is not the derivative: tests/neurons/test_sltt_lif.py
@pytest.mark.parametrize("name", [name for name in NEURONS if name != "sltt_lif"])
def test_gradients_are_those_of_the_equation(name: str, monkeypatch: pytest.MonkeyPatch):
    """With the logistic function as spike and its slope as surrogate, numeric and analytic gradients are one."""
    composed = compose([f"neuron={name}"])
    detached = composed.config["neuron"].get("detach_reset", False)
    if detached:
        composed = compose([f"neuron={name}", "neuron.detach_reset=false"])
    monkeypatch.setattr(SpikeFunction, "forward", staticmethod(smooth))
    torch.manual_seed(0)
    neuron = make_neuron(composed, Site("inner0", 0, 2, 3, "inner"), Smooth()).double()
    for parameter in neuron.parameters():
        parameter.data += 0.1 * torch.rand_like(parameter)  # where all is as it began, faults may cancel
    x = torch.randn(3, 4, 2, 2, 1, dtype=torch.float64, requires_grad=True)

    def found(x: Tensor, *parameters: Tensor) -> tuple[Tensor, ...]:
        out = neuron.fire(x, T=None, return_v_pre=True)
        assert out.v_pre is not None
        return out.spikes, out.v_pre

    assert torch.autograd.gradcheck(found, (x, *neuron.parameters()))


@pytest.fixture(scope="session")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """`trained(name)`: the folder of a finished run on the digits with that neuron, of which each is trained once."""
    folders: dict[str, Path] = {}

    def once(name: str) -> Path:
        if name not in folders:
            folders[name] = run(tmp_path_factory.mktemp(name), name)
        return folders[name]

    return once


def run(folder: Path, name: str) -> Path:
    return Path(train(compose([*SMALL, f"neuron={name}", f"runs_dir={folder}"]))["folder"])


def rows(folder: Path) -> list[dict]:
    """The metrics of a run without its times."""
    lines = [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]
    return [{k: v for k, v in line.items() if k not in ("seconds", "samples_per_second")} for line in lines]


@pytest.mark.parametrize("name", NEURONS)
def test_resumes_to_the_same_bits(name: str, trained, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    calls = iter(range(100))
    with monkeypatch.context() as patch, pytest.raises(Preempted):
        patch.setattr(RunJournal, "stopped_by", lambda self: "SIGTERM" if next(calls) == 4 else None)
        run(tmp_path, name)
    folder = run(tmp_path, name)
    assert rows(folder) == rows(trained(name))
    weights = "model.safetensors"
    assert (folder / weights).read_bytes() == (trained(name) / weights).read_bytes()
    assert 0 < json.loads((folder / "result.json").read_text())["firing_rate"] < 1


@pytest.mark.parametrize("name", NEURONS)
def test_nir_states_it_or_refuses_in_a_line(name: str, trained, capsys: pytest.CaptureFixture):
    pytest.importorskip("nir")
    code = main(["export", str(trained(name)), "--format", "nir"])
    said = capsys.readouterr().err
    assert code == 0 or (code == 2 and "--format nir: neuron" in said and "--format onnx takes any network" in said)


@pytest.mark.slow
@pytest.mark.parametrize("name", NEURONS)
def test_onnx_runtime_gives_the_logits(name: str, trained):
    onnxruntime = pytest.importorskip("onnxruntime")
    folder = trained(name)
    assert main(["export", str(folder), "--format", "onnx"]) == 0
    (model,) = folder.rglob("model.onnx")
    network, x = load(folder).network.eval(), torch.rand(64, 1, 8, 8)
    session = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
    (logits,) = session.run(None, {"images": x.numpy()})
    with torch.no_grad():
        near = (torch.from_numpy(logits) - network(x)).abs().amax(1) < 1e-5
    assert near.float().mean() > 0.9  # a potential at the threshold may fire by another rounding
