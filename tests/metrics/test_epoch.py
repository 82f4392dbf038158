"""Figures of an epoch are means over samples, whatever the batches."""

import math

import pytest
import torch
from constants import RMP

from snnexp.metrics.epoch import EpochMetrics
from snnexp.neurons.base import Record, Site, recording
from snnexp.neurons.lif import Lif
from snnexp.surrogates.rectangle import Rectangle

MEDIATORS = ("window_share", "v_pre_std", "error_over_variance", "spike_entropy")


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


def test_potentials_are_those_of_the_whole_set_by_hand():
    torch.manual_seed(0)
    surrogate, metrics, seen = Rectangle(width=1.0), EpochMetrics(), []
    neuron = Lif(Site("a", 0, 5, 3, "inner"), surrogate, **vars(RMP))
    for n in (7, 2):
        x = 0.3 + torch.randn(3, n, 5, 4, 4, dtype=torch.float64)
        with torch.no_grad(), recording(frozenset({"v_pre"})) as records:
            spikes = neuron(x)
        seen.append((records[0].v_pre, spikes))
        none = torch.zeros((), dtype=torch.float64)
        metrics.update(torch.zeros(n, 2), torch.zeros(n, dtype=torch.int64), none, records)
    v_pre, s = (torch.cat(each, 1) for each in zip(*seen, strict=True))
    p, figures = s.mean().item(), metrics.compute()
    expected = {"v_pre_std": v_pre.std(correction=0), "window_share": ((v_pre >= 0) & (v_pre <= 1)).double().mean()}
    expected |= {"error_over_variance": (v_pre - s).square().mean() / v_pre.var(correction=0)}
    expected |= {"spike_entropy": -p * math.log2(p) - (1 - p) * math.log2(1 - p)}
    for name, value in expected.items():
        assert figures[name] == figures["layers"][0][name] == pytest.approx(float(value), rel=1e-12)


@pytest.mark.parametrize(
    ("potential", "is_binary", "lacking"),
    [
        ([0.3, 0.09, 0.5], True, {"error_over_variance"}),  # the same potential everywhere
        ([0.3, 0.9, math.nan], True, {"window_share"}),
        ([0.3, 0.9, 0.5], False, {"spike_entropy"}),
        (None, True, set(MEDIATORS)),
    ],
)
def test_what_a_layer_cannot_say_is_left_out_of_all(potential, is_binary, lacking):
    metrics, full = EpochMetrics(), torch.tensor([0.1, 2.0, 0.4])
    other = record("b", 1, 0.5, 0.1)._replace(is_binary=is_binary)
    records = [record("a", 1, 0.0, 0.1)._replace(potential=full)]
    records.append(other if potential is None else other._replace(potential=torch.tensor(potential)))
    metrics.update(torch.zeros(1, 2), torch.zeros(1, dtype=torch.int64), torch.tensor(1.0), records)
    figures = metrics.compute()
    for row in (figures, *figures["layers"]):
        assert {*MEDIATORS} - {*row} == lacking
    if "spike_entropy" not in lacking:
        assert [layer["spike_entropy"] for layer in figures["layers"]] == [
            0,
            1,
        ]  # of spikes never, and every other time


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
