import os
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import pytest

from snnexp.errors import UserError
from snnexp.files import digests
from snnexp.files.digests import SETTLED, place


def settle(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let what was written before be long past."""
    now = digests.time.time_ns
    monkeypatch.setattr("snnexp.files.digests.time.time_ns", lambda: now() + 2 * SETTLED)


def found(folder: Path) -> dict[str, str]:
    return digests.digests(folder, ["a", "b", "c"])


def test_a_file_is_read_once_and_again_when_it_is_another(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    for name in "ab":
        (tmp_path / name).write_text(name)
    expected = {name: sha256(name.encode()).hexdigest() for name in "ab"}
    assert found(tmp_path) == expected and not place(tmp_path).exists()  # it could change within the same tick
    settle(monkeypatch)
    assert found(tmp_path) == expected
    reads: list[str] = []
    digest = digests.digest
    monkeypatch.setattr("snnexp.files.digests.digest", lambda folder, name: reads.append(name) or digest(folder, name))
    assert found(tmp_path) == expected and reads == []
    times = (tmp_path / "a").stat()
    (tmp_path / "a").write_text("x")
    os.utime(tmp_path / "a", ns=(times.st_atime_ns, times.st_mtime_ns))  # as if nothing had been
    assert found(tmp_path) == expected | {"a": sha256(b"x").hexdigest()} and reads == ["a"]
    (tmp_path / "a").rename(tmp_path / "c")
    (tmp_path / "b").rename(tmp_path / "a")
    (tmp_path / "c").rename(tmp_path / "b")
    assert found(tmp_path) == {"a": expected["b"], "b": sha256(b"x").hexdigest()}


def test_a_cache_that_is_damaged_or_cannot_be_written_is_no_harm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / "a").write_text("a")
    settle(monkeypatch)
    expected = found(tmp_path)
    for damaged in (b"", b"[1]", b'{"a": [1, 2', b"\xff"):
        place(tmp_path).write_bytes(damaged)
        assert found(tmp_path) == expected
    monkeypatch.setenv("SNNEXP_CACHE", str(tmp_path / "a"))
    assert found(tmp_path) == expected


@pytest.mark.parametrize(("make", "kind"), [(os.mkfifo, "FIFO"), (Path.mkdir, "folder")])
def test_what_is_no_file_is_refused(make: Callable[[Path], None], kind: str, tmp_path: Path):
    make(tmp_path / "a")
    with pytest.raises(UserError, match=f"{tmp_path / 'a'}: a {kind} where a file belongs"):
        found(tmp_path)
