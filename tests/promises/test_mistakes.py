"""Broken command lines, one a line in mistakes.txt: each is refused in one line with a remedy, and soon."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from snnexp.commands import main

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


CONFIGS = [line for line in LINES if line.startswith(("train", "sweep"))]


@pytest.mark.count(2, len(CONFIGS))
def test_is_refused_by_a_process_of_its_own(count: int, figure):
    """Its time is told and not asserted, since a busy machine stretches it; tests/test_cli.py holds one line to it."""
    assert len(CONFIGS) >= 80 and len(set(LINES)) == len(LINES)
    all_of_them = count == len(CONFIGS)
    torch = min(processor_time("-c", "import torch")[0] for _ in range(3 if all_of_them else 1))
    times = []
    for line in CONFIGS[:: len(CONFIGS) // count]:
        seconds, status, said = processor_time("-m", "snnexp", *line.split())
        assert status == 2 and is_told(said), said
        tries = 3 if all_of_them and seconds - torch > 1.5 else 0
        again = [processor_time("-m", "snnexp", *line.split())[0] for _ in range(tries)]
        times.append(min([seconds, *again]) - torch)  # what else the machine does only adds to it
    late = sum(each > 1.5 for each in times)
    text = f"{len(times)} of {len(times)} refused before data are opened, status 2, one line with a remedy; {late} "
    text += f"later than `import torch` plus 1.5 s of a processor (the last one plus {max(times):.2f} s), the least of "
    text += "four tries where the first one was late"
    figure("wrong configs", text)
