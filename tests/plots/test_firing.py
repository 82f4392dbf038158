"""Every map of every run is drawn, all on one scale."""

from pathlib import Path

import pytest
from matplotlib.axes import Axes

from snnexp.metrics.histogram import Histogram
from snnexp.plots.firing import Channel, firing_maps

POTENTIALS = Histogram([0.1] * 10, [0.2] * 10, -3.0, 3.0, 0.5)


def channel(rate: float) -> Channel:
    return Channel("channel", POTENTIALS, [[[rate, 0.0], [0.0, 0.0]]] * 3, ["normal", "noise", "null"])


def test_all_maps_on_one_scale(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    tops, draw = [], Axes.imshow

    def keep(self, image, *, norm, **options):
        tops.append((image[0][0], norm.vmax))
        return draw(self, image, norm=norm, **options)

    monkeypatch.setattr(Axes, "imshow", keep)
    path = tmp_path / "firing.png"
    firing_maps(path, {"a": [channel(0.2), channel(0.1)], "b": [channel(0.0), channel(0.4)]}, [0, 2, 5], "layer")
    assert tops == [(rate, 0.4) for rate in (0.2, 0.1, 0.0, 0.4) for _ in range(3)]
    assert path.stat().st_size > 5000


def test_a_silent_layer_can_be_drawn(tmp_path: Path):
    firing_maps(tmp_path / "silent.png", {"a": [channel(0.0)]}, [0, 1, 2], "layer")
    assert (tmp_path / "silent.png").exists()
