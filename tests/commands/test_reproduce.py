"""`snnexp reproduce` trains what a table lacks, and nothing else."""

import json
from pathlib import Path

import pytest

from snnexp import tables
from snnexp.commands import main
from snnexp.tables import spec

TINY = """\
# two conditions of a tiny network
small:
  label: digits, hardly trained
  hypothesis: nothing can be seen
  seeds: [1]
  overrides: dataset=digits augment=none backbone=convnet backbone.width=2 T=1 trainer.epochs=1
  rows:
    - {name: vanilla, exp: rmp_vanilla_cifar10}
    - {name: RMP, exp: rmp_cifar10, against: vanilla}
"""


@pytest.fixture
def tiny(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A table of its own, and the folder of its runs."""
    (tmp_path / "tiny.yaml").write_text(TINY)
    ours = spec.options
    table = {"tiny": tmp_path / "tiny.yaml"}
    monkeypatch.setattr(spec, "options", lambda group, folder: table if group == "table" else ours(group, folder))
    return f"runs_dir={tmp_path / 'runs'}"


def test_trains_what_is_missing_once_and_prints_the_table(tiny: str, tmp_path: Path, capsys: pytest.CaptureFixture):
    command = ["reproduce", "tiny", "--format", "json", tiny, "device=cpu"]
    assert main(command) == 0
    first = capsys.readouterr()
    lines = json.loads(first.out)["lines"]
    assert [(line["name"], line["seeds"], line["missing"]) for line in lines] == [
        ("vanilla", [1], None),
        ("RMP", [1], None),
    ]
    assert first.err.count("PASS") == 2
    written = {path: path.stat().st_mtime_ns for path in tmp_path.glob("runs/*/*/result.json")}
    assert len(written) == 2
    plan = tables.request("tiny").plan
    assert plan and {json.loads(path.read_text())["config"]["plan"] for path in written} == {plan}
    assert f"Plan {plan}: 2 of 2 runs were trained for it." in json.loads(first.out)["notes"]
    assert main(command) == 0
    again = capsys.readouterr()
    assert again.out == first.out and "PASS" not in again.err
    assert {path: path.stat().st_mtime_ns for path in written} == written


def test_missing_data_are_told_before_anything_is_made(tmp_path: Path, capsys: pytest.CaptureFixture):
    command = [
        "reproduce",
        "asa_controls",
        "--scale",
        "small",
        f"dataset.root={tmp_path}",
        f"runs_dir={tmp_path / 'runs'}",
    ]
    assert main(command) == 2
    out, error = capsys.readouterr()
    assert out == "" and f"not found in {tmp_path}" in error.splitlines()[-1] and not (tmp_path / "runs").exists()


def test_a_dry_run_shows_what_rows_lack_and_makes_nothing(tiny: str, tmp_path: Path, capsys: pytest.CaptureFixture):
    assert main(["reproduce", "tiny", "--row", "RMP", "--dry-run", tiny, "device=cpu"]) == 0
    (line,) = capsys.readouterr().out.splitlines()
    assert line.startswith("start  to do") and "exp=rmp_cifar10" in line and not (tmp_path / "runs").exists()


def test_trains_the_rows_that_are_named(tiny: str, tmp_path: Path, capsys: pytest.CaptureFixture):
    assert main(["reproduce", "tiny", "--row", "RMP", "--format", "json", tiny, "device=cpu"]) == 0
    shown = json.loads(capsys.readouterr().out)["lines"]
    assert [(line["name"], line["seeds"]) for line in shown] == [("vanilla", []), ("RMP", [1])]
    assert main(["reproduce", "tiny", "--row", "RPM", tiny]) == 2
    assert "row RPM: not in tiny; " in capsys.readouterr().err
