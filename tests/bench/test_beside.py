"""Two trainings at once: the rows, and the shapes of the recipes; test_contest starts processes in copies."""

import csv
from pathlib import Path

import pytest

from snnexp.bench import beside
from snnexp.commands import main


@pytest.mark.usefixtures("in_process")
def test_rows_of_one_alone_and_of_two_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(beside, "CONTENDERS", [beside.OURS, beside.TWO])
    monkeypatch.setattr(beside, "RECIPES", {"digits": ("backbone.width=2", "T=1")})
    assert main(["bench", "beside", "--quick", "--device", "cpu", "--out", str(tmp_path)]) == 0
    rows = list(csv.DictReader((tmp_path / "beside-cpu.csv").read_text().splitlines()))
    assert [(row["contender"], row["timings"], row["shape"]) for row in rows] == [
        ("snnexp", "2", "64x1x8x8"),
        ("snnexp, two at once", "2", "64x1x8x8"),
    ]
    assert all(float(row["ratio_to_ours"]) > 0 for row in rows)


def test_frames_of_events_have_their_time_steps():
    assert beside.recipe("nmnist_vanilla", ("exp=nmnist_vanilla", "device=cpu")).shape == (8, 16, 2, 34, 34)
