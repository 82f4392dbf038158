import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from snnexp.datasets.base.cache import Writer, cached, read, require_own
from snnexp.errors import UserError

KEY = {"dataset": "blobs", "version": 1, "split": "train", "transform": {"T": 8}}


def build(writer: Writer, rows: int = 3, scale: int = 1) -> None:
    for row in range(rows):
        writer.append("x", np.full((1, 2, 5), row * scale, np.int16))
    writer.append("y", np.arange(rows))


def refuse(writer: Writer) -> None:
    raise AssertionError("built although it was there")


def test_what_was_built_is_there_for_the_next_one(tmp_path: Path):
    first = cached(tmp_path, KEY, build)
    again = cached(tmp_path, dict(reversed(KEY.items())), refuse)
    for arrays in (first, again):
        assert isinstance(arrays["x"], np.memmap) and arrays["x"].dtype == np.int16
        assert np.array_equal(arrays["x"], np.repeat([0, 1, 2], 10).reshape(3, 2, 5))
        assert arrays["y"].tolist() == [0, 1, 2]


@pytest.mark.parametrize(
    "change", [{"transform": {"T": 4}}, {"split": "test"}, {"version": 2}, {"dataset": "dots"}], ids=str
)
def test_another_key_never_gets_these_arrays(tmp_path: Path, change: dict):
    cached(tmp_path, KEY, build)
    other = cached(tmp_path, KEY | change, lambda writer: build(writer, rows=7))
    assert len(other["x"]) == 7 and len(cached(tmp_path, KEY, refuse)["x"]) == 3


def test_counts_that_fit_are_kept_as_bytes(tmp_path: Path):
    def narrow(writer: Writer, scale: int) -> None:
        build(writer, scale=scale)
        writer.narrow("x")

    small = cached(tmp_path, KEY, lambda writer: narrow(writer, 127))["x"]
    large = cached(tmp_path, KEY | {"version": 2}, lambda writer: narrow(writer, 128))["x"]
    assert (small.dtype, small.max(), small.shape) == (np.uint8, 254, (3, 2, 5))
    assert (large.dtype, large.max(), large.shape) == (np.int16, 256, (3, 2, 5))


def test_an_entry_of_odd_files_is_built_anew(tmp_path: Path):
    cached(tmp_path, KEY, build)
    (entry,) = (path for path in tmp_path.iterdir() if path.is_dir())
    outside = (tmp_path / "outside.bin", tmp_path / "outside.json")
    for path, other in zip((entry / "x.bin", entry / "manifest.json"), outside, strict=True):
        path.rename(other)
        path.symlink_to(other)
        assert read(entry) is None
        path.unlink()
        os.mkfifo(path)
        assert read(entry) is None
        path.unlink()
        other.rename(path)
    text = (entry / "manifest.json").read_text()
    (entry / "x.bin").rename(tmp_path / "x.bin")
    for manifest in (text.replace('"x"', '"../x"'), "[" * 9999, "[]", '{"arrays": []}', '{"arrays": {"y": 1}}'):
        (entry / "manifest.json").write_text(manifest)
        assert read(entry) is None
    assert len(cached(tmp_path, KEY, build)["x"]) == 3


def test_a_folder_in_which_strangers_could_write_is_not_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    cached(tmp_path, KEY, build)
    tmp_path.chmod(0o777)
    with pytest.raises(UserError, match=f"cache {tmp_path}: all users can write there; remove it, or set SNNEXP_CACHE"):
        cached(tmp_path, KEY, refuse)
    tmp_path.chmod(0o775)
    cached(tmp_path, KEY, refuse)
    found = tmp_path.stat()
    theirs = os.stat_result([*found[:4], 1234, *found[5:]])
    monkeypatch.setattr(Path, "stat", lambda path, **_: theirs)
    with pytest.raises(UserError, match=f"cache {tmp_path}: user 1234 can write there"):
        require_own(tmp_path, {0, 1000})
    require_own(tmp_path, {0, 1000, 1234})  # whose recordings are decoded


def test_no_lock_is_taken_through_a_link(tmp_path: Path):
    cached(tmp_path, KEY, build)
    (lock,) = tmp_path.glob(".*.lock")
    lock.unlink()
    (tmp_path / "victim").write_text("kept")
    lock.symlink_to(tmp_path / "victim")
    with pytest.raises(UserError, match="SNNEXP_CACHE"):
        cached(tmp_path, KEY, build)
    assert (tmp_path / "victim").read_text() == "kept"


@pytest.mark.parametrize("harm", ["flip", "cut", "lose", "manifest"])
def test_a_damaged_entry_is_built_anew(tmp_path: Path, harm: str, caplog: pytest.LogCaptureFixture):
    cached(tmp_path, KEY, build)
    (path,) = tmp_path.glob("*/manifest.json" if harm == "manifest" else "*/x.bin")
    data = bytearray(path.read_bytes())
    data[4] ^= 1
    path.write_bytes({"flip": data, "cut": data[:-1], "lose": b"", "manifest": b"{"}[harm])
    if harm == "lose":
        path.unlink()
    assert cached(tmp_path, KEY, build)["x"].max() == 2
    assert "is damaged and is built again" in caplog.text
    cached(tmp_path, KEY, refuse)


def test_a_failed_build_leaves_nothing(tmp_path: Path):
    def fail(writer: Writer) -> None:
        build(writer)
        raise UserError("damaged recording")

    with pytest.raises(UserError, match="damaged recording"):
        cached(tmp_path, KEY, fail)
    assert [path for path in tmp_path.iterdir() if path.is_dir()] == []
    assert len(cached(tmp_path, KEY, build)["x"]) == 3


def test_what_a_killed_process_left_is_not_taken(tmp_path: Path):
    cached(tmp_path, KEY, build)
    (entry,) = (path for path in tmp_path.iterdir() if path.is_dir())
    unfinished = tmp_path / f".{entry.name}.tmp"
    entry.rename(unfinished)
    (unfinished / "manifest.json").unlink()
    assert len(cached(tmp_path, KEY, build)["x"]) == 3 and not unfinished.exists()


def test_mapped_arrays_can_be_written_without_changing_the_entry(tmp_path: Path):
    cached(tmp_path, KEY, build)["x"][:] = 9
    assert cached(tmp_path, KEY, refuse)["x"].max() == 2


def test_a_folder_that_cannot_be_written_names_the_remedy(tmp_path: Path):
    (tmp_path / "file").write_text("")
    with pytest.raises(UserError, match=rf"cache {tmp_path}/file/set: .*SNNEXP_CACHE=DIR"):
        cached(tmp_path / "file" / "set", KEY, build)


WORKER = """
import sys, time
from pathlib import Path
import numpy as np
from snnexp.datasets.base.cache import cached

root, mine, other = Path(sys.argv[1]), sys.argv[2], sys.argv[3]

def build(writer):
    (trial / f"built-{mine}").touch()
    for row in range(200):
        writer.append("x", np.full((1, 50), row))
        time.sleep(0.0005)

for number in range(3):
    trial = root / str(number)
    trial.mkdir(exist_ok=True)
    (trial / f"ready-{mine}").touch()
    while not (trial / f"ready-{other}").exists():
        time.sleep(0.0005)
    x = cached(trial / "cache", {"trial": number}, build)["x"]
    assert (x == np.arange(200)[:, None]).all()
"""


def test_two_processes_share_a_cold_cache_three_times(tmp_path: Path):
    command = [sys.executable, "-W", "error", "-c", WORKER, str(tmp_path)]
    both = [subprocess.Popen([*command, *names], stderr=subprocess.PIPE) for names in (("a", "b"), ("b", "a"))]
    assert [process.communicate(timeout=120)[1] for process in both] == [b"", b""]
    for number in range(3):
        trial = tmp_path / str(number)
        assert len(list(trial.glob("built-*"))) == 1
        (manifest,) = trial.glob("cache/*/manifest.json")
        assert json.loads(manifest.read_text())["key"] == {"trial": number}
