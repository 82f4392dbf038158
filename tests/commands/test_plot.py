"""`snnexp plot`: how it reports mistakes. What it draws: tests/plots/test_runs.py."""

import sys
from pathlib import Path

import pytest

from snnexp.commands import main


@pytest.mark.parametrize(
    ("arguments", "remedy"), [([], "name a run"), (["a", "b", "c"], "name a run"), (["nowhere"], "no run there")]
)
def test_refuses(arguments: list[str], remedy: str, capsys: pytest.CaptureFixture):
    assert main(["plot", *arguments]) == 2
    assert remedy in capsys.readouterr().err


def test_names_the_extra_that_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
):
    (tmp_path / "config.yaml").touch()
    for name in [each for each in sys.modules if each.startswith("snnexp.plots")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    assert main(["plot", str(tmp_path)]) == 2
    assert "matplotlib is not installed; pip install 'matplotlib>=" in capsys.readouterr().err
