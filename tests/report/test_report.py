"""`snnexp report` on trained runs: what it measures and refuses, and what a page says of runs."""

import json
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from urllib.request import urlopen

import pytest

from snnexp.commands import main
from snnexp.metrics.sample import Sample
from snnexp.report import text
from snnexp.report.base.measured import KEPT, read_measured
from snnexp.report.sources import Source, locate
from snnexp.runs.results import read_result
from snnexp.training.trained import load


def test_a_sweep_counts_what_was_not_begun(runs: Path):
    page = text(locate("abcdef0123", str(runs)))
    assert "4 done" in page and "1 to do" in page


def test_a_sweep_that_has_not_begun(tmp_path: Path):
    record = tmp_path / "sweeps" / "0123456789.json"
    record.parent.mkdir()
    record.write_text(json.dumps({"folders": ["runs/quickstart/0123456789-s1"]}))
    page = text(Source(record))
    assert "1 to do" in page and "No epoch has ended yet" in page


def test_unfinished_and_damaged_runs_are_shown(copies: Path):
    failed, damaged, *_ = sorted(copies.glob("*/*-s*"))
    (failed / "result.json").unlink()
    (failed / "status.json").write_text('{"status": "failed", "cause": "the disk is full"}')
    lines = (failed / "metrics.jsonl").read_text().splitlines()
    (failed / "metrics.jsonl").write_text(f"{lines[0]}\n{lines[1][:20]}")
    (damaged / "result.json").write_text("{}")
    page = text(Source(copies))
    assert "1 failed" in page and "1 damaged" in page and "2 done" in page
    assert "1 of 2 epochs" in page and "the disk is full" in page and "changed since it was written" in page
    assert "the disk is full" in text(Source(failed)) and "changed since it was written" in text(Source(damaged))


def test_what_users_wrote_is_escaped(copies: Path):
    run = next(copies.glob("*/*-s2"))
    config = (run / "config.yaml").read_text().partition("\n")[2]
    (run / "config.yaml").write_text(f"# snnexp train 'x=</pre><script>alert(1)</script>'\n{config}")
    shutil.move(run.parent, copies / "<img src=x onerror=alert(1)>")
    page = text(Source(copies))
    assert page.count("<script>") == 1 and "<img" not in page and "&lt;script&gt;alert(1)" in page


def measured_again(run: Path) -> Sample:
    """What a run's network does with the first test sample, seen another way."""
    trained = load(run)
    x, y = trained.sample(0)
    found = trained.record(x)
    spikes = {
        name: [[step + 1 for step in range(2) if neuron[step]] for neuron in each[:, 0].flatten(1).T.tolist()]
        for name, each in found.spikes.items()
    }
    shown = {name: sorted((each for each in rows if each), key=len, reverse=True) for name, rows in spikes.items()}
    picked = {}
    for name, rows in shown.items():
        picked[name] = [rows[i] for i in sorted({round(k * (len(rows) - 1) / 11) for k in range(12)})]
    return Sample(str(int(y)), str(int(found.logits.argmax())), 2, picked)


def test_potentials_are_measured_once_of_a_run_of_each_config(copies: Path, capsys: pytest.CaptureFixture):
    assert "Not measured" in text(Source(copies))
    assert main(["report", str(copies), "device=cpu"]) == 0
    assert capsys.readouterr().out.strip() == str(copies / "report.html")
    measured = sorted(copies.rglob(KEPT.name))
    assert len(measured) == 2 and all(path.parents[1].name.endswith("-s1") for path in measured)
    for run in (path.parents[1] for path in measured):
        result = read_result(run)
        kept = read_measured(run, result)
        assert kept is not None and kept.sample == measured_again(run)
        for layer in result["layers"]:
            drawn = kept.layers[layer["name"]]
            width = (drawn.high - drawn.low) / len(drawn.v_pre)
            edge = round((drawn.v_threshold - drawn.low) / width)
            below = sum(drawn.v_pre[:edge]) * width  # potentials beyond -3 are missing here, and one bin is cut through
            assert 0.5 < below <= 1 - layer["firing_rate"] + drawn.v_pre[edge] * width + 1e-6
        assert read_measured(run, result | {"test_accuracy": 0.0}) is None
    assert "Not measured" not in (copies / "report.html").read_text()
    times = [path.stat().st_mtime_ns for path in measured]
    assert main(["report", str(copies)]) == 0 and [path.stat().st_mtime_ns for path in measured] == times


def test_a_page_without_potentials_where_they_cannot_be_measured(copies: Path, capsys: pytest.CaptureFixture):
    run = next(copies.glob("*/*-s2"))
    (run / "model.safetensors").unlink()
    assert main(["report", str(run), f"--out={copies / 'page.html'}"]) == 0
    assert "Not measured" in (copies / "page.html").read_text()
    assert f"the page lacks potentials and spikes of {run}: " in capsys.readouterr().err


def test_watching_tells_its_address_and_ends_by_ctrl_c(runs: Path):
    command = [sys.executable, "-m", "snnexp", "report", str(runs), "--watch"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout and process.stderr
        said = process.stdout.readline()
        address = re.match(r"http://127\.0\.0\.1:\d+/", said)
        assert address and said.endswith(f" follows {runs}; Ctrl-C ends it\n")
        with urlopen(address[0]) as answer:
            assert b"4 done" in answer.read()
        process.send_signal(signal.SIGINT)
        assert process.wait() == 0 and process.stdout.read() == process.stderr.read() == ""


@pytest.mark.parametrize(
    ("arguments", "remedy"),
    [
        ([], "name a run, a folder"),
        (["nowhere"], "nowhere: no run there, nor in runs"),
        (["."], "no runs there; name"),
        (["broken.json"], "not a sweep's record; `snnexp sweep`"),
        (["exp"], "exp/0123456789-s1/config.yaml: not a config"),
        ([".", "T=3"], "T=3: a report shows runs as they are"),
        ([".", "--watch", "--out=x"], "--watch serves the page"),
    ],
)
def test_refuses(arguments, remedy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture):
    monkeypatch.chdir(tmp_path)
    Path("broken.json").write_text("[]")
    if arguments == ["exp"]:
        Path("exp/0123456789-s1").mkdir(parents=True)
        Path("exp/0123456789-s1/config.yaml").write_text("# snnexp train\nseed: 1\ntrainer: {epochs: many}\n")
    assert main(["report", *arguments]) == 2
    error = capsys.readouterr().err
    assert remedy in error and len(error.splitlines()) == 1


def test_names_the_page_that_cannot_be_written(copies: Path, capsys: pytest.CaptureFixture):
    run = next(copies.glob("*/*-s2"))
    assert main(["report", str(run), "--out=/no/such/folder/page.html"]) == 2
    assert "no such folder" in capsys.readouterr().err and not (run / KEPT).exists()
