"""The operator's benchmark: its cases, and its rows on a CPU."""

import csv
from collections import Counter
from pathlib import Path

import pytest

from snnexp.bench import lif
from snnexp.commands import main


def test_cases_on_cuda_are_the_layers_of_both_networks():
    cases = list(lif.on_cuda("cuda", quick=False, steps=(4, 6, 10)))
    assert {case.T for case in cases} == {4, 6, 10} and {case.N for case in cases} == {128}
    layers = Counter[tuple[str, int]]()
    for case in cases:
        layers[case.name, case.T] += case.count
    assert set(layers.items()) == {
        ((name, T), n) for name, n in (("resnet19", 17), ("resnet20", 19)) for T in (4, 6, 10)
    }


@pytest.mark.parametrize(("network", "layers"), [("resnet19", 17), ("resnet20", 19)])
def test_cases_with_norm_are_all_layers_residuals_included(network: str, layers: int):
    cases = [case for case in lif.with_norm("cuda", quick=False) if case.name == network]
    assert all(case.norm for case in cases) and sum(case.count for case in cases) == layers
    assert sum(case.count for case in cases if case.residual) == 8


def test_the_case_on_a_cpu_is_the_one_that_must_hold():
    case = lif.on_cpu("cpu", quick=False)
    assert (case.shape, case.dtype) == ((4, 32, 64, 32, 32), "float32")


@pytest.mark.usefixtures("in_process")
def test_rows_on_a_cpu(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(lif, "ON_CPU", [lif.COPY, lif.OURS])
    assert main(["bench", "lif", "--quick", "--device", "cpu", "--out", str(tmp_path)]) == 0
    (row,) = csv.DictReader((tmp_path / "lif-cpu.csv").read_text().splitlines())
    assert (row["contender"], row["timings"], row["shape"]) == ("snnexp", "63", "4x2x4x8x8")
    assert float(row["p20_ms"]) <= float(row["median_ms"]) <= float(row["p80_ms"])
    assert float(row["ratio_to_copy"]) > 0
