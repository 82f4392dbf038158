import pytest

from snnexp.commands import main


def test_says_what_a_table_can_show_before_anything_is_trained(tmp_path, capsys: pytest.CaptureFixture):
    command = ["plan", "rmp_ablation", "--scale", "small", "--std", "0.4", "--effect", "0.6", "--epoch-seconds", "1.5"]
    assert main([*command, f"runs_dir={tmp_path}"]) == 0
    out = capsys.readouterr().out
    assert "6 runs, 6 of them missing" in out and "9 a row to show 0.6 points" in out and "0.03 hours" in out


def test_no_table_and_a_wrong_number_are_told(capsys: pytest.CaptureFixture):
    assert main(["plan"]) == 2 and main(["plan", "rmp_ablation", "--std", "-1"]) == 2
    assert capsys.readouterr().err.splitlines()[1] == "snnexp: --std -1: must be above 0"
