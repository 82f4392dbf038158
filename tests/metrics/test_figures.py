"""A figure is added in one place, and stands in all that is written of a run."""

import json
import logging
from pathlib import Path

import pytest

from snnexp.commands import main
from snnexp.config.compose import compose
from snnexp.metrics import figures
from snnexp.metrics.base.figure import Figure
from snnexp.metrics.figures import FIGURES
from snnexp.plots import curves
from snnexp.runs.results import read_result, summary
from snnexp.tables import lines, words
from snnexp.tables.base import Row, Spec
from snnexp.tables.records import read, record, write
from snnexp.training.run import train

SMALL = ["backbone.width=2", "T=1", "trainer.epochs=1", "trainer.batch_size=500", "device=cpu"]
BUSIEST = Figure(
    key="busiest_rate",
    title="rate of the busiest layer",
    unit="%",
    digits=1,
    of=lambda row: max(layer["firing_rate"] for layer in row["layers"]),
    short="busiest",
    curve="Busiest layer",
    column="busiest",
)


def test_is_found_everywhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture):
    monkeypatch.setattr(figures, "FIGURES", (*FIGURES, BUSIEST))
    with caplog.at_level(logging.INFO):
        folder = Path(train(compose([*SMALL, f"runs_dir={tmp_path}"]))["folder"])
    result = read_result(folder)
    value = max(layer["firing_rate"] for layer in result["layers"])
    assert result["busiest_rate"] == pytest.approx(value)
    assert f"busiest {100 * value:.1f} %" in caplog.text
    for row in (result, json.loads((folder / "metrics.jsonl").read_text()), *result["layers"]):
        assert {"window_share", "v_pre_std", "error_over_variance", "spike_entropy"} <= row.keys()
    assert f"std {result['v_pre_std']:.3f}, {100 * result['window_share']:.1f} % within the window" in summary(
        result | {"folder": "x"}
    )
    assert json.loads((folder / "metrics.jsonl").read_text())["busiest_rate"] == result["busiest_rate"]

    assert f"busiest             {100 * value:.1f} %" in summary(result | {"folder": "x"})

    row = Row(name="small", exp="quickstart", overrides=(), seeds=(1,), paper={}, against=())
    kept = tmp_path / "records.csv"
    write(kept, [record("small", result)])
    table = lines.assemble(Spec(name="", title="", scale="", label="", rows=(row,)), read(kept))
    grid = words.figures(table)
    assert grid.body[0][grid.head.index("rate of the busiest layer (%)")] == f"{100 * value:.1f}"

    assert main(["report", str(folder)]) == 0
    page = (folder / "report.html").read_text()
    assert "rate of the busiest layer" in page and "Busiest layer (%)" in page and "accuracy by class" in page
    drawn = []
    monkeypatch.setattr(curves, "curve", lambda axes, runs, figure: drawn.append(figure.caption))
    curves.learning_curves(tmp_path / "curves.png", {"one": [{}]})
    assert drawn[-1] == "Busiest layer (%)" and len(drawn) == len(figures.curves())


def test_a_column_without_any_value_is_left_out():
    row = Row(name="small", exp="quickstart", overrides=(), seeds=(1,), paper={}, against=())
    table = lines.assemble(Spec(name="", title="", scale="", label="", rows=(row,)), [])
    assert [each.column for each in table.metrics] == [
        "accuracy", "best_accuracy", "firing_rate", "quantization_error"
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("key", "value", "text"),
    [
        ("test_accuracy", 0.88613, "88.61 %"),
        ("best_epoch", 3, "4"),
        ("firing_rate", 0.12345, "0.1235"),
        ("parameters", 11250000, "11,250,000"),
        ("seconds", 1234.5, "1,234 s"),
        ("synaptic_operations.energy_pj", 2.5e6, "2.5 µJ"),
        ("peak_memory", 2**31, "2.00 GiB"),
    ],
)
def test_is_written_with_its_unit_and_digits(key: str, value: float, text: str):
    (figure,) = (each for each in FIGURES if each.key == key)
    assert figure.text(value) == text


def test_keys_columns_and_curves_are_each_ones_own():
    for name in ("key", "column", "curve"):
        names = [value for figure in FIGURES if (value := getattr(figure, name))]
        assert len(set(names)) == len(names)
