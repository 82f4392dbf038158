"""A full disk ends a training in one line; what was saved stays, and with room the same command resumes."""

import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from trainings import outcome, start

from snnexp.runs import checkpoint

PROMISE = "disk full"


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A training that had room."""
    folder = tmp_path_factory.mktemp("whole")
    start(folder / "said", f"runs_dir={folder / 'runs'}").join()
    return folder / "runs"


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 4 MiB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", folder], capture_output=True, text=True)
    if done.returncode:
        pytest.skip(f"no file system can be mounted: {done.stderr.strip()}")
    yield folder
    subprocess.run(["umount", folder], check=True)


def ends_for_want_of_room(said: Path, folder: Path, **options) -> bool:
    """Whether a training does not come to its end; then in a line that names a file and its bytes, and no file more."""
    process = start(said, f"runs_dir={folder}", **options)
    process.join()
    text = said.read_text()
    if process.exitcode == 0:
        return False
    assert process.exitcode == 1 and "Traceback" not in text, text
    last = text.splitlines()[-1]
    assert re.match(rf"snnexp: {folder}/\S+: \d+ bytes cannot be written \(.+\); make room", last), text
    assert not list(folder.glob("**/.*"))
    return True


def size_of_a_state(whole: Path) -> int:
    (run,) = whole.glob("*/*")
    return min(path.stat().st_size for path in checkpoint.checkpoints(run))  # the last one holds the measured figures


def test_a_file_that_may_grow_no_further(whole: Path, tmp_path: Path, figure):
    said, folder = tmp_path / "said", tmp_path / "runs"
    start(said, f"runs_dir={folder}", dies_at=30).join()
    (run,) = folder.glob("*/*")
    before = {path: path.read_bytes() for path in checkpoint.checkpoints(run)}
    assert before
    assert ends_for_want_of_room(said, folder, limit=size_of_a_state(whole) - 100)
    assert {path: path.read_bytes() for path in checkpoint.checkpoints(run)} == before
    assert checkpoint.load_latest(run) is not None
    start(said, f"runs_dir={folder}").join()
    assert outcome(folder) == outcome(whole)
    figure(
        f"{PROMISE}: a limited file size", "ended in one line with path and bytes, the old checkpoint whole, continued"
    )


def test_a_full_file_system(whole: Path, small_disk: Path, tmp_path: Path, figure):
    said, folder, filler = tmp_path / "said", small_disk / "runs", small_disk / "filler"
    room = os.statvfs(small_disk)
    ended = 0
    for pages in range(0, 40, 3):
        with filler.open("w") as file:
            os.posix_fallocate(file.fileno(), 0, (os.statvfs(small_disk).f_bavail - pages) * room.f_frsize)
        if ends_for_want_of_room(said, folder):
            ended += 1
        else:
            break
        kept = [checkpoint.load_latest(run) for run in folder.glob("*/*") if checkpoint.checkpoints(run)]
        assert None not in kept
    assert ended >= 4 and kept
    assert outcome(folder) == outcome(whole)
    text = f"{ended} times with room for a little more, each told in one line with path and bytes; then it went on"
    figure(f"{PROMISE}: a full small file system", text)
