"""Rows: ratios by hand, and one order of columns."""

import csv
from dataclasses import fields
from pathlib import Path

import pytest

from snnexp.bench.base import BenchRow, Contender, LifCase, Measured, StepCase
from snnexp.bench.base.rows import rows, write

COPY = Contender("copy", "copy", "torch", memory="kept")
OURS = Contender("snnexp", "ours", "snnexp", memory="kept")
OTHER = Contender("reference", "reference", "torch")
LIF = LifCase(name="layer", device="cpu", dtype="float32", T=4, N=2, features=(5, 10, 10))  # 16 kB a tensor
MEASURED = {COPY: Measured([1e-3], 0), OURS: Measured([5e-3], 64), OTHER: Measured([0.01, 0.02, 0.03], 128)}


def test_the_operator_is_compared_with_the_copy_and_with_ours():
    ours, other = rows("lif", LIF, MEASURED)
    assert (ours.contender, other.contender) == ("snnexp", "reference")
    # 5 tensors read or written in 5 copies' time: one copy reads one and writes one
    assert ours.ratio_to_copy == pytest.approx(2.0)
    assert (ours.ratio_to_ours, other.ratio_to_ours) == (1.0, 4.0)
    assert (other.median_ms, other.timings, other.memory_allocated) == (20.0, 3, 128)
    assert (ours.memory, other.memory) == ("kept", "default")


def test_bandwidth_by_hand():
    case = LifCase(name="layer", device="cpu", dtype="float32", T=4, N=5, features=(50, 100, 100))  # 40 MB
    (row,) = rows("lif", case, {COPY: Measured([2e-3], 0), OURS: Measured([0.01], 0)})
    assert (row.gb_per_second, row.copy_gb_per_second, row.ratio_to_copy) == (20.0, 40.0, 2.0)


def test_a_step_has_samples_per_second_and_no_bandwidth():
    case = StepCase(name="resnet20", device="cpu", dtype="float32", T=4, N=64, network="resnet20", width=16, neurons=9)
    (row,) = rows("step", case, {OURS: Measured([0.5], None)})
    assert (row.samples_per_second, row.gb_per_second, row.width, row.neurons) == (128.0, None, 16, 9)


def test_columns_stand_in_the_fields_order(tmp_path: Path):
    found = list(rows("lif", LIF, MEASURED))
    write(tmp_path / "new/lif-cpu.csv", found)
    header, first, _ = csv.reader((tmp_path / "new/lif-cpu.csv").read_text().splitlines())
    assert header == [field.name for field in fields(BenchRow)]
    assert header[:2] == ["benchmark", "case"] and first[header.index("samples_per_second")] == ""
