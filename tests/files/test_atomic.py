from pathlib import Path

import pytest

from snnexp.errors import RunError
from snnexp.files import atomic


def test_replaces_the_content_and_leaves_nothing_else(tmp_path: Path):
    path = tmp_path / "file"
    for data in (b"first", b"second"):
        atomic.write(path, data)
        assert path.read_bytes() == data
    assert list(tmp_path.iterdir()) == [path]


def test_a_failed_write_keeps_the_old_content(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    path = tmp_path / "file"
    atomic.write(path, b"old")

    def full(_):
        raise OSError("no space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(RunError, match=f"^{path}: 3 bytes cannot be written .*no space"):
        atomic.write(path, b"new")
    assert path.read_bytes() == b"old" and list(tmp_path.iterdir()) == [path]


def test_content_is_durable_before_its_name_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    done = []
    monkeypatch.setattr("os.fsync", lambda _: done.append("fsync"))
    monkeypatch.setattr("os.replace", lambda source, target: done.append("replace"))
    atomic.write(tmp_path / "file", b"data")
    assert done == ["fsync", "replace", "fsync"]
