import fcntl
import json
import os
from pathlib import Path

import pytest

from snnexp.errors import UserError
from snnexp.runs.status import acquire, find, is_held, mark, read_cause, read_status


def test_status(tmp_path: Path):
    assert read_status(tmp_path) == read_cause(tmp_path) == ""
    with acquire(tmp_path):
        mark(tmp_path, "running")
        assert read_status(tmp_path) == "running"
    content = json.loads((tmp_path / "status.json").read_text())
    assert content.keys() == {"status", "process", "host", "time"} and content["process"] == os.getpid()
    mark(tmp_path, "failed", "so it was")
    assert (read_status(tmp_path), read_cause(tmp_path)) == ("failed", "so it was")
    for damaged in ("{", "[]", "{}", '{"status": "\\u001b[2Jdone"}', "[" * 9999):
        (tmp_path / "status.json").write_text(damaged)
        with pytest.raises(UserError, match=r"status.json: states no status; remove it"):
            read_status(tmp_path)


def test_a_lock_with_another_name_keeps_its_content(tmp_path: Path):
    (tmp_path / "other").write_text("kept")
    os.link(tmp_path / "other", tmp_path / "lock")
    with pytest.raises(UserError, match="lock: has another name"):
        acquire(tmp_path)
    assert (tmp_path / "other").read_text() == "kept"


def test_what_killed_writers_left_goes_with_the_next_lock(tmp_path: Path):
    (tmp_path / ".status.json.0123456789abcdef.tmp").touch()
    acquire(tmp_path).close()
    assert [path.name for path in tmp_path.iterdir()] == ["lock"]


def test_a_running_process_is_one_that_holds_the_folder(tmp_path: Path):
    with acquire(tmp_path):
        mark(tmp_path, "running")
    assert read_status(tmp_path) == "stopped"  # whichever process has that number now
    (tmp_path / "lock").unlink()
    assert read_status(tmp_path) == "stopped" and not is_held(tmp_path)


def test_asking_whether_a_folder_is_held_refuses_nobody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    with (tmp_path / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_SH)  # as `is_held` does, for a moment
        monkeypatch.setattr("time.sleep", lambda _: fcntl.flock(lock, fcntl.LOCK_UN))
        with acquire(tmp_path):
            assert is_held(tmp_path)


def test_finds_a_run_by_its_path_or_the_beginning_of_its_name(tmp_path: Path):
    for name in ("0123-s1", "0123-s2", "0123-s20", "4567-s1"):
        (tmp_path / "exp" / name).mkdir(parents=True)
        (tmp_path / "exp" / name / "config.yaml").touch()
    folder = tmp_path / "exp/4567-s1"
    assert find(str(folder)) == find("45", str(tmp_path)) == folder
    assert find("0123-s2", str(tmp_path)) == tmp_path / "exp/0123-s2"
    with pytest.raises(UserError, match=r"0123: several runs: .*0123-s1, .*0123-s2, .*0123-s20; `snnexp ls runs`"):
        find("0123", str(tmp_path))
    with pytest.raises(UserError, match=f"89: no run there, nor in {tmp_path}; `snnexp ls runs`"):
        find("89", str(tmp_path))
