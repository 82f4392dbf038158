"""`snnexp export`: which run it takes, where it writes, how it tells mistakes. What it writes: tests/exports."""

import sys
from pathlib import Path

import pytest

from snnexp.commands import main
from snnexp.config.compose import compose
from snnexp.training.run import train


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished run."""
    small = ["backbone.width=4", "T=2", "trainer.epochs=1", "device=cpu"]
    return Path(train(compose([*small, f"runs_dir={tmp_path_factory.mktemp('runs')}"]))["folder"])


@pytest.mark.parametrize("format", ["hub", "nir"])
def test_writes_below_the_run(run: Path, format: str, capsys: pytest.CaptureFixture):
    if format == "nir":
        pytest.importorskip("nir")
    named = run.name[:6], f"runs_dir={run.parents[1]}"
    assert main(["export", *named, *(["--format", format] if format != "hub" else [])]) == 0
    paths = [Path(line) for line in capsys.readouterr().out.split()]
    assert paths and all(path.is_file() and path.parent == run / format for path in paths)


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ([], "export: name a run, as in"),
        (["nowhere"], "nowhere: no run there"),
        (["RUN", "T=3"], "export: name a run, as in"),
        (["RUN", "--format", "keras"], "invalid choice: 'keras'"),
        (["RUN", "--out", "RUN/config.yaml/below"], "config.yaml/below: cannot be written"),
    ],
)
def test_tells_mistakes(run: Path, arguments: list[str], text: str, capsys: pytest.CaptureFixture):
    assert main(["export", *(each.replace("RUN", str(run)) for each in arguments)]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert text in line


def test_names_the_extra_that_is_missing(run: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture):
    for name in [each for each in sys.modules if each.startswith("snnexp.exports.nir")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "nir", None)
    assert main(["export", str(run), "--format", "nir"]) == 2
    assert "nir is not installed; pip install 'nir>=" in capsys.readouterr().err
