"""Whole steps: the cases that must hold, and rows of ours beside the twin's."""

import csv
from dataclasses import replace
from pathlib import Path

import pytest

from snnexp.bench import step
from snnexp.commands import main


def test_cases():
    on_cpu = step.case("cpu", "float32", "resnet20", 16, quick=False)
    assert (on_cpu.T, on_cpu.N, on_cpu.width, on_cpu.neurons) == (4, 64, 16, 16 * 4992)
    on_cuda = step.case("cuda", "bfloat16", "resnet19", 128, quick=False)
    assert (on_cuda.T, on_cuda.N, on_cuda.shape) == (4, 128, (128, 3, 32, 32))


def test_compiled_takes_part_on_cuda_on_the_networks_themselves():
    assert step.COMPILED in step.ON_CUDA
    assert [case.name for case in step.networks("cuda", quick=True)] == ["resnet19", "resnet20"]


@pytest.mark.usefixtures("in_process")
def test_rows_on_a_cpu(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(step, "ON_CPU", [step.OURS, step.TWIN])
    eager = replace(step.OURS, name="snnexp, eager")  # compiling takes half a minute
    monkeypatch.setattr(step, "COMPILED", eager)
    assert main(["bench", "step", "--quick", "--device", "cpu", "--out", str(tmp_path)]) == 0
    rows = list(csv.DictReader((tmp_path / "step-cpu.csv").read_text().splitlines()))
    expected = [("resnet20", "snnexp"), ("resnet20", "ReLU twin"), ("convnet", "snnexp"), ("convnet", "snnexp, eager")]
    assert [(row["case"], row["contender"]) for row in rows] == expected
    for row in rows:
        assert float(row["samples_per_second"]) == pytest.approx(2000 / float(row["median_ms"]), rel=1e-3)
