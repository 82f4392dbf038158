"""Pictures of the benchmarks are files that can be opened, whatever the number of rows."""

from pathlib import Path

import pytest
from matplotlib.image import imread

from snnexp.plots.speed import contenders, scaling


def row(contender: str, median: float, **more: str) -> dict[str, str]:
    times = {"p20_ms": median / 2, "median_ms": median, "p80_ms": 2 * median}
    return {"contender": contender, "memory": "kept"} | {name: str(time) for name, time in times.items()} | more


def test_contenders(tmp_path: Path):
    contenders(tmp_path / "speed.png", {"one": [row("snnexp", 1.5), row("other", 150.0)], "two": [row("snnexp", 2.0)]})
    assert imread(tmp_path / "speed.png").shape[1] == 1430


@pytest.mark.parametrize("points", [1, 7])
def test_scaling(tmp_path: Path, points: int):
    rows = [row("snnexp", 2.0**i, T=str(2**i), memory_allocated=str(2**20 * i + 1)) for i in range(points)]
    scaling(tmp_path / "new/scaling.png", {"T": rows})
    assert imread(tmp_path / "new/scaling.png").shape[1] == 1430
