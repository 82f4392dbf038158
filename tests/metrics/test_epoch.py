"""Figures of an epoch are means over samples, whatever the batches."""

import pytest
import torch

from snnexp.metrics.epoch import EpochMetrics
from snnexp.neurons.base import Record, Site


def record(name: str, neurons: int, rate: float, error: float, rectified: float | None = None) -> Record:
    values = [None if v is None else torch.tensor(v) for v in (rate, error, rectified)]
    return Record(Site(name, 0, 1, 1, "inner"), *values, neurons)


def test_weights_batches_by_samples_and_layers_by_neurons():
    metrics = EpochMetrics()
    logits = torch.tensor([[1.0, 0.0], [1.0, 0.0], [0.0, 1.0]])
    metrics.update(
        logits, torch.tensor([0, 1, 1]), torch.tensor(1.0), [record("a", 30, 0.2, 0.1), record("b", 10, 0.4, 0.3)]
    )
    metrics.update(
        logits[:1], torch.tensor([1]), torch.tensor(3.0), [record("a", 30, 0.6, 0.5), record("b", 10, 0, 0.7)]
    )
    figures = metrics.compute()
    assert figures["loss"] == pytest.approx(1.5)
    assert figures["accuracy"] == 0.5
    assert figures["firing_rate"] == pytest.approx((30 * 0.3 + 10 * 0.3) / 40)
    assert figures["quantization_error"] == pytest.approx((0.2 + 0.4) / 2)
    assert [layer["name"] for layer in figures["layers"]] == ["a", "b"]
    assert "quantization_error_rectified" not in figures


def test_weighs_the_network_rate_by_neurons():
    metrics = EpochMetrics()
    records = [record("a", 30, 0.1, 0.1, 0.05), record("b", 10, 0.5, 0.3, 0.15)]
    metrics.update(torch.zeros(2, 2), torch.zeros(2, dtype=torch.int64), torch.tensor(1.0), records)
    figures = metrics.compute()
    assert figures["firing_rate"] == pytest.approx(0.2)
    assert figures["firing_rate_layer_mean"] == pytest.approx(0.3)
    assert figures["quantization_error_rectified"] == pytest.approx(0.1)


def logits_of(*votes: list[int]) -> torch.Tensor:
    """A row of logits for each clip's vote."""
    return torch.eye(4)[torch.tensor(votes).flatten()]


def test_clips_are_counted_by_sample():
    metrics = EpochMetrics()
    rows = [record("a", 1, 0.5, 0.5)]
    metrics.update(logits_of([1, 1, 0], [1, 0, 2], [3, 3, 3]), torch.tensor([1, 0, 3]), torch.tensor(1.0), rows)
    metrics.update(logits_of([2, 2, 1]), torch.tensor([1]), torch.tensor(5.0), rows)
    figures = metrics.compute()
    assert (figures["loss"], figures["accuracy"], figures["accuracy_plurality"]) == (2.0, 0.5, 0.75)
