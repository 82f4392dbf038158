import json
from pathlib import Path

import pytest

from snnexp.commands.ls import main
from snnexp.config.places import config_folder
from snnexp.errors import UserError
from snnexp.runs.status import mark


def listed(capsys: pytest.CaptureFixture, *arguments: str) -> str:
    assert main([*arguments]) == 0
    return capsys.readouterr().out


def test_every_yaml_has_a_line_with_its_comment(capsys: pytest.CaptureFixture):
    lines = [line.split(maxsplit=1) for line in listed(capsys).splitlines() if line.startswith("  ")]
    assert sorted(line[0] for line in lines) == sorted(path.stem for path in config_folder().glob("*/*.yaml"))
    assert ["rmp", "RMP-Loss: pulls membrane potentials towards 0 and 1 (ICCV 2023)"] in lines
    assert all(len(line) == 2 and not line[1].startswith("@") for line in lines)


def test_a_users_folder_is_listed_too(tmp_path: Path, capsys: pytest.CaptureFixture):
    (tmp_path / "exp").mkdir()
    (tmp_path / "exp/mine.yaml").write_text("# @package _global_\n# my own\nT: 7\n")
    lines = listed(capsys, "--config-dir", str(tmp_path)).splitlines()
    assert lines[0] == "experiments: snnexp train exp=NAME"
    assert ["mine", "my", "own"] in [line.split() for line in lines]


def test_runs_with_status_and_accuracy(tmp_path: Path, capsys: pytest.CaptureFixture):
    assert listed(capsys, "runs", str(tmp_path)) == f"no runs in {tmp_path}\n"
    for name in ("a", "b"):
        (tmp_path / "exp" / name).mkdir(parents=True)
        (tmp_path / "exp" / name / "config.yaml").touch()
    mark(tmp_path / "exp/a", "done")
    rows = [{"epoch": 0, "test_accuracy": 0.5}, {"epoch": 1, "test_accuracy": 0.975}]
    (tmp_path / "exp/a/metrics.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    first, second = listed(capsys, "runs", str(tmp_path)).splitlines()
    assert first.split() == ["done", "97.50", "%", str(tmp_path / "exp/a")]
    assert second.split() == [str(tmp_path / "exp/b")]


def test_one_bad_run_is_told_in_its_line_and_the_others_are_listed(tmp_path: Path, capsys: pytest.CaptureFixture):
    names = ["bad", "colour\x1b[31m", "deep", "good", "none"]
    for name in names:
        (tmp_path / "exp" / name).mkdir(parents=True)
        (tmp_path / "exp" / name / "config.yaml").touch()
        mark(tmp_path / "exp" / name, "done")
        (tmp_path / "exp" / name / "metrics.jsonl").write_text('{"epoch": 0, "test_accuracy": 0.5}\n')
    (tmp_path / "exp/bad/status.json").write_text('{"status": "\\u001b[31mdone"}')
    (tmp_path / "exp/deep/status.json").write_text("[" * 9999)
    (tmp_path / "exp/none/metrics.jsonl").write_text('{"epoch": 0, "test_accuracy": []}\n')
    lines = listed(capsys, "runs", str(tmp_path)).splitlines()
    assert [line.split()[0] for line in lines] == ["damaged", "done", "damaged", "done", "done"]
    assert [line.rpartition("/exp/")[2].partition("/")[0] for line in lines] == ["bad", r"colour\x1b[31m", *names[2:]]
    assert "50.00 %" in lines[3] and "%" not in lines[4] and "\x1b" not in "".join(lines)


def test_what_is_not_there_to_list_is_told():
    with pytest.raises(UserError, match="invalid choice: 'experiments'"):
        main(["experiments"])
