"""Layers by rows, two runs by columns on one scale."""

from pathlib import Path

import pytest

from snnexp.metrics.histogram import Histogram
from snnexp.plots import histograms

FLAT, HIGH = (Histogram([0.1] * 10, [0.05] * 9 + [top], -3.0, 3.0, 0.5) for top in (0.1, 0.5))


@pytest.fixture
def tops(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Histogram, float]]:
    """What is drawn, each with the top of its scale."""
    kept, draw = [], histograms.histogram

    def keep(axes, drawn, top):
        kept.append((drawn, top))
        draw(axes, drawn, top)

    monkeypatch.setattr(histograms, "histogram", keep)
    return kept


def test_one_run_fills_a_grid(tmp_path: Path, tops):
    histograms.histograms(tmp_path / "one.png", {"run": {f"layer{i}": FLAT if i else HIGH for i in range(7)}})
    assert tops == [(HIGH, 0.5), *[(FLAT, 0.1)] * 6]
    assert (tmp_path / "one.png").stat().st_size > 5000


def test_two_runs_share_each_layers_scale(tmp_path: Path, tops):
    histograms.histograms(tmp_path / "two.png", {"with": {"a": FLAT, "b": FLAT}, "without": {"a": HIGH, "b": FLAT}})
    assert tops == [(FLAT, 0.5), (HIGH, 0.5), (FLAT, 0.1), (FLAT, 0.1)]
