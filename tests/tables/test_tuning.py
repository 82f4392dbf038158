"""Rows tuned alike: what is tried, which rate is chosen, and what stands in the yaml then."""

from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from snnexp import tables
from snnexp.commands import main
from snnexp.errors import UserError
from snnexp.tables import tuning
from snnexp.tables.spec import parse

TINY = """\
# two conditions of a tiny network
small:
  label: digits, hardly trained
  hypothesis: nothing can be seen
  seeds: [1]
  overrides: dataset=digits augment=none backbone=convnet backbone.width=2 T=1 trainer.epochs=1
  tuning: {rates: [1.0e-6, 0.1], seeds: [101], validation: 0.1}
  rows: &rows
    - {name: vanilla, exp: rmp_vanilla_cifar10}
    - {name: "T = 1, RMP", exp: rmp_cifar10, against: vanilla}
# what the comment says
gpu:
  label: the same
  rows: *rows
  seeds: [1]
"""
FOUND = {"vanilla": {0.1: [0.5, 0.7], 0.3: [0.7, 0.7]}, "T = 1, RMP": {0.1: [0.8, 0.8], 0.3: [0.1, 0.1]}}


@pytest.fixture
def tiny(tmp_path: Path) -> Path:
    """The yaml of a table of its own, in a folder of configs."""
    path = tmp_path / "configs" / "table" / "tiny.yaml"
    path.parent.mkdir(parents=True)
    path.write_text(TINY)
    return path


def test_the_best_rate_of_each_row_is_written_and_trained_with(tiny: Path, tmp_path: Path, capsys):
    words = ["tiny", "--scale=small", f"--config-dir={tiny.parents[1]}", f"runs_dir={tmp_path / 'runs'}", "device=cpu"]
    assert main(["reproduce", *words]) == 2
    assert "its learning rates are not chosen yet; `snnexp tune tiny --scale small` writes" in capsys.readouterr().err
    assert main(["table", *words, "--missing"]) == 2
    assert "its learning rates are not chosen yet; `snnexp tune tiny --scale small` writes" in capsys.readouterr().err
    assert main(["table", *words]) == 0
    out = capsys.readouterr().out
    assert "Learning rates are not chosen yet" in out and "snnexp sweep" not in out
    assert main(["tune", *words]) == 0
    out, err = capsys.readouterr()
    assert err.count("PASS") == 4 and "vanilla: 0.1  # 1e-06: " in out and "at the edge of the grid" in out
    text = tiny.read_text()
    assert "# what the comment says" in text and "rates: [1.0e-6, 0.1], seeds" in text
    spec = tables.request("tiny", "small", config_dir=str(tiny.parents[1]))
    assert [row.rate for row in spec.rows] == [0.1, 0.1] and spec.rows[0].configured[-1] == "optimizer.lr=0.1"
    assert main(["tune", *words]) == 0  # what was trained is not trained again
    assert tiny.read_text() == text and "PASS" in capsys.readouterr().err
    tiny.write_text(text.replace("T=1 trainer", "T=2 trainer"))
    assert main(["table", *words]) == 2
    assert "rates were chosen for other rows or by another grid; choose them again by" in capsys.readouterr().err


def test_trials_are_judged_on_validation_and_have_seeds_of_their_own():
    rows = tuning.trials(parse("tiny", "t", TINY, "small"))
    assert [*rows] == [(name, rate) for name in ("vanilla", "T = 1, RMP") for rate in (1e-6, 0.1)]
    words = rows["vanilla", 0.1].words([101])
    assert words[-3:] == ["dataset.validation=0.1", "optimizer.lr=0.1", "seed=101"]
    assert words[:-3] == parse("tiny", "t", TINY, "small").rows[0].configured
    with pytest.raises(UserError, match="table tiny: scale gpu names no learning rates to try; write into its yaml"):
        tuning.trials(parse("tiny", "t", TINY, "gpu"))


def test_the_highest_mean_is_best_and_of_equals_the_lowest_rate():
    assert tuning.best({0.1: [0.5, 0.9], 0.3: [0.6, 0.6]}) == 0.1
    assert tuning.best({0.3: [0.5], 0.1: [0.5]}) == 0.1


def test_rates_take_the_place_of_those_before_and_nothing_else_is_changed():
    text = TINY.replace("1.0e-6, 0.1", "0.1, 0.3")
    spec = parse("tiny", "t", text, "small")
    first = tuning.written(text, spec, FOUND, "0123456789")
    later = tuning.written(first, spec, FOUND | {"vanilla": {0.1: [0.9], 0.3: [0.1]}}, "0123456789")
    assert parse("tiny", "t", first, "small").rows[0].rate == 0.3
    assert parse("tiny", "t", later, "small").rows[0].rate == 0.1
    kept = [line for line in later.splitlines() if line not in text.splitlines()]
    assert len(kept) == 5 and set(text.splitlines()) <= set(later.splitlines())
    assert "      T = 1, RMP: 0.1  # 0.1: 80.00, 0.3: 10.00; at the edge of the grid" in kept
    assert yaml.safe_load(later)["gpu"] == yaml.safe_load(text)["gpu"]
    flow = yaml.safe_dump(yaml.safe_load(text), default_flow_style=True)
    with pytest.raises(UserError, match="its yaml has not one key a line; put this into it by hand:\n  tuned:"):
        tuning.written(flow, spec, FOUND, "0123456789")


def test_a_rate_that_yaml_would_read_as_a_text_is_written_as_a_number():
    spec, found = parse("tiny", "t", TINY, "small"), {name: {1e-6: [0.9], 0.1: [0.1]} for name in FOUND}
    written = tuning.written(TINY, spec, found, "0123456789")
    assert [row.rate for row in parse("tiny", "t", written, "small").rows] == [1e-6, 1e-6]
    fine = replace(spec.rows[0], rate=0.12345678)
    assert fine.configured[-1] == "optimizer.lr=0.12345678"  # not of six digits


def test_what_was_tuned_is_known_by_rows_and_grid():
    spec = parse("tiny", "t", TINY, "small")
    other = replace(spec, rows=(spec.rows[0], replace(spec.rows[1], overrides=(*spec.rows[1].overrides, "T=2"))))
    assert spec.tuning
    finer = replace(spec, tuning=replace(spec.tuning, rates=(0.1, 0.2)))
    assert len({tables.tried(each) for each in (spec, other, finer)}) == 3
    chosen = replace(spec, rows=tuple(replace(row, rate=0.3) for row in spec.rows))
    assert tables.tried(chosen) == tables.tried(spec)
