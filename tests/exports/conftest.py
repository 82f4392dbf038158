"""Networks to export, inputs that decide every spike clearly, and the code of docs/export.md that reads exports."""

import re
import warnings
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from snnexp.config.compose import compose
from snnexp.datasets.digits import Digits
from snnexp.neurons.base import SpikingLayer, recording
from snnexp.norms.layers import BatchNorm
from snnexp.training.assembly import make_network, make_regularizers, part
from snnexp.training.run import train
from snnexp.training.trained import Trained, load

SAMPLES = 64
ROUNDING = 1e-5  # how near to its threshold a potential may come without another rounding deciding the spike
DOCS = (Path(__file__).parents[2] / "docs" / "export.md").read_text()
CODE = re.findall(r"^```python\n(.*?)^```$", DOCS, re.MULTILINE | re.DOTALL)


@pytest.fixture
def drawn(tmp_path: Path) -> Callable[..., Trained]:
    """`drawn(*overrides)`: the config's network with random weights and norms at which every layer fires."""

    def make(*overrides: str) -> Trained:
        composed = compose(["device=cpu", "backbone.width=4", "T=3", *overrides])
        dataset = part(composed, "dataset")
        network = make_network(composed, dataset, make_regularizers(composed)).eval()
        stir(network)
        return Trained(tmp_path, composed.config, {"id": "0123456789"}, network, dataset)

    return make


def stir(network: nn.Module) -> None:
    """Draw what training would have moved."""
    torch.manual_seed(0)
    for module in network.modules():
        if isinstance(module, BatchNorm):
            nn.init.normal_(module.bias, std=0.5)
            nn.init.uniform_(module.weight, 0.5, 1.5)
            if module.running_var is not None and module.running_mean is not None:
                module.running_mean.normal_(std=0.2)
                module.running_var.uniform_(0.05, 0.2)
        elif isinstance(module, nn.Linear):
            nn.init.normal_(module.weight, std=2 / module.in_features**0.5)


@pytest.fixture(scope="session")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a finished run on the digits, by overrides that give its place in Hydra's other forms."""
    small = ["backbone.width=4", "T=2", "trainer.epochs=1", "device=cpu", "regularizer=[rmp]"]
    return Path(train(compose([*small, f"++runs_dir={tmp_path_factory.mktemp('private')}"]))["folder"])


@pytest.fixture
def trained(finished: Path, tmp_path: Path) -> Trained:
    """The finished run, to be exported to a folder of the test's own."""
    return replace(load(finished), folder=tmp_path)


@pytest.fixture
def digits() -> Tensor:
    """Test images."""
    return Digits().normalize(Digits().load(T=1)[1].x)


@pytest.fixture
def inputs() -> Callable[..., Tensor]:
    """`inputs(run)`: 64 inputs, of `x` or of random ones those whose potentials stay farthest from every threshold."""

    def choose(run: Trained, x: Tensor | None = None) -> Tensor:
        batch = run.example.dim() - 4
        if x is None:
            many = run.example.repeat_interleave(2 * SAMPLES, batch)
            x = torch.randn(many.shape, generator=torch.Generator().manual_seed(1))
        with torch.no_grad(), recording(frozenset({"v_pre"})) as records:
            run.network(x)
        thresholds = {m.site.name: m.v_threshold for m in run.network.modules() if isinstance(m, SpikingLayer)}
        distances = [(r.v_pre - thresholds[r.site.name]).abs().movedim(1, 0).flatten(1).amin(1) for r in records]
        best, chosen = torch.stack(distances).amin(0).topk(SAMPLES)
        assert best[-1] > ROUNDING
        return x.index_select(batch, chosen)

    return choose


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> Callable[..., dict[str, Any]]:
    """`read(run, reader, x)`: what the documentation's code for a reader leaves, run in the export's folder."""

    def execute(run: Trained, reader: str, x: Tensor) -> dict[str, Any]:
        (code,) = (each for each in CODE if f"import {reader}" in each or f"from {reader}" in each)
        found: dict[str, Any] = {"x": x, "T": run.config["T"]}
        monkeypatch.chdir(run.folder)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # theirs
            exec(code, found)
        return found

    return execute
