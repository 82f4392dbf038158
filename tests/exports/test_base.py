"""Loading a finished run for export."""

from pathlib import Path

import pytest
import torch

from snnexp.config.compose import compose
from snnexp.datasets.digits import Digits
from snnexp.exports.base import load
from snnexp.runs import checkpoint, results
from snnexp.runs import run as runs
from snnexp.training.assembly import make_network, part


def test_loads_the_trained_network(finished: Path):
    trained, (_, test) = load(finished), Digits().load(T=2)
    with torch.no_grad():
        right = trained.network(Digits().normalize(test.x)).argmax(1) == test.y
    assert right.double().mean().item() == pytest.approx(trained.result["test_accuracy"])
    assert trained.static and trained.example.shape == (1, 1, 8, 8)


def test_needs_no_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("SNNEXP_DATA", raising=False)
    composed = compose(["dataset=dvs128_gesture", "backbone.width=1", "T=3", "device=cpu"])
    dataset = part(composed, "dataset")
    checkpoint.save_weights(tmp_path, make_network(composed, dataset, []))
    result = {"exp": "x", "id": "0123456789", "seed": 1, "config": composed.config}
    results.write_result(tmp_path, result | runs.seal(tmp_path))
    assert load(tmp_path).example.shape == (3, 1, 2, *dataset.size)
