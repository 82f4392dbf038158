"""Broken command lines, one a line in mistakes.txt: each is refused in one line with a remedy, and soon."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from snnexp.cli import main

LINES = Path(__file__).with_name("mistakes.txt").read_text().splitlines()
REMEDY = re.compile(
    r"did you mean|must|there are|the keys there|write |add |give |choose |use |goes with|name |`snnexp|without it"
)


def processor_time(*command: str) -> tuple[float, int, str]:
    """Seconds of a processor that a command takes, its exit status, and what it says of errors."""
    process = subprocess.Popen([sys.executable, *command], stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True)
    assert process.stderr is not None
    said = process.stderr.read()
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    process.stderr.close()
    return used.ru_utime + used.ru_stime, process.returncode, said


def is_told(said: str) -> bool:
    return said.startswith("snnexp: ") and len(said.splitlines()) == 1 and REMEDY.search(said) is not None


@pytest.mark.parametrize("line", LINES)
def test_is_refused_in_a_line_with_a_remedy_before_data_are_opened(
    line: str, capsys: pytest.CaptureFixture, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    def opened(*_):
        raise AssertionError("data were opened")

    monkeypatch.setattr("snnexp.datasets.base.Dataset.load", opened)
    monkeypatch.chdir(tmp_path)
    assert main(line.split()) == 2
    out, said = capsys.readouterr()
    assert out == "" and is_told(said), said
    assert not list(tmp_path.iterdir())


@pytest.mark.count(4, len(LINES))
def test_is_refused_by_a_process_within_the_time_of_importing_torch_and_a_little(count: int, figure):
    assert len(LINES) >= 80 and len(set(LINES)) == len(LINES)
    torch = min(processor_time("-c", "import torch")[0] for _ in range(3))
    times = []
    for line in LINES[:: len(LINES) // count]:
        seconds, status, said = processor_time("-m", "snnexp", *line.split())
        assert status == 2 and is_told(said), said
        times.append(seconds - torch)
    assert max(times) < 1.5
    text = f"{len(times)} of {len(times)} refused before data are opened, at most {max(times):.2f} s of a processor "
    figure("wrong configs", text + "above `import torch`, status 2, one line with a remedy")
