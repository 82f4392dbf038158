import hashlib
import io
import os
import threading
import zipfile
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from snnexp.commands.data import NAMES
from snnexp.datasets.base import Archive, BrokenData, Stored, inventory
from snnexp.datasets.nmnist import Nmnist
from snnexp.errors import UserError


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format, *args):
        pass


EVENT = bytes([5, 7, 129, 2, 3])


def zipped(name: str, data: bytes = 2 * EVENT) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr(name, data)
    return file.getvalue()


@pytest.fixture
def archives(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """N-MNIST of one recording a split, served on 127.0.0.1."""
    yield from serve(
        {"train.zip": zipped("Train/3/00001.bin"), "test.zip": zipped("Test/8/00001.bin")}, tmp_path, monkeypatch
    )


@pytest.fixture
def odd_archives(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The same as if it were published with a recording whose time steps far back."""
    odd = zipped("Train/3/00001.bin", EVENT + bytes([5, 7, 0, 0, 0]))
    yield from serve({"train.zip": odd, "test.zip": zipped("Test/8/00001.bin")}, tmp_path, monkeypatch)


def serve(archives: dict[str, bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Serve N-MNIST's archives."""
    served = tmp_path / "served"
    served.mkdir()
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(served)))
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    found = []
    for name, data in archives.items():
        (served / name).write_bytes(data)
        url = f"http://127.0.0.1:{server.server_port}/{name}"
        found.append(Archive(name, url, hashlib.md5(data).hexdigest(), unpacked=100, into="N-MNIST"))
    monkeypatch.setattr(Nmnist, "archives", tuple(found))
    yield
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize("name", NAMES)
def test_every_data_set_is_found_by_its_name(name: str):
    assert inventory.find(name, None).name == name


def test_a_set_is_fetched_and_read(tmp_path: Path, archives: None, capsys: pytest.CaptureFixture):
    nmnist = inventory.find("nmnist", str(tmp_path))
    assert inventory.status(nmnist) == 1
    assert inventory.fetch(nmnist) == 0
    assert inventory.status(nmnist) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("nmnist: missing (dataset nmnist: not found in")
    folder = tmp_path / "N-MNIST"
    assert [line.partition(":")[0] for line in lines[1:3]] == ["train.zip", "test.zip"]
    assert lines[3:] == [
        f"nmnist: 1 training, 1 test recordings (fewest events 2 in {folder}/Test/8/00001.bin), whole, "
        f"found in {folder}",
        f"nmnist: found in {folder}",
    ]


def test_a_whole_set_is_not_fetched_again(tmp_path: Path, archives: None, monkeypatch: pytest.MonkeyPatch):
    nmnist = inventory.find("nmnist", str(tmp_path))
    inventory.fetch(nmnist)
    monkeypatch.setattr(Nmnist, "archives", ())
    assert inventory.fetch(nmnist) == 0


def test_a_damaged_set_is_found_out_and_mended_by_fetching(tmp_path: Path, archives: None):
    nmnist = inventory.find("nmnist", str(tmp_path))
    inventory.fetch(nmnist)
    (tmp_path / "N-MNIST" / "Test" / "8" / "00001.bin").write_bytes(b"cut")
    with pytest.raises(BrokenData, match=r"00001\.bin: 3 bytes, and 10 when it was unpacked"):
        inventory.verify(nmnist)
    assert inventory.fetch(nmnist) == 0
    assert inventory.verify(nmnist) == 0


def test_a_file_cut_between_two_events_is_told_by_the_manifest(tmp_path: Path, archives: None):
    nmnist = inventory.find("nmnist", str(tmp_path))
    inventory.fetch(nmnist)
    path = tmp_path / "N-MNIST" / "Train" / "3" / "00001.bin"
    whole = path.read_bytes()
    path.write_bytes(whole[:5])
    with pytest.raises(BrokenData, match=rf"{path}: 5 bytes, and 10 when it was unpacked; run `snnexp data fetch"):
        inventory.verify(nmnist)
    with pytest.raises(BrokenData, match=f"{path}: 5 bytes"):
        nmnist.load(T=1)
    path.unlink()
    with pytest.raises(BrokenData, match=f"{path}: 0 bytes"):
        inventory.verify(nmnist)
    assert inventory.fetch(nmnist) == 0 and path.read_bytes() == whole


def test_what_is_published_like_this_is_not_fetched_again(
    tmp_path: Path, odd_archives: None, capsys: pytest.CaptureFixture
):
    nmnist = inventory.find("nmnist", str(tmp_path))
    for _ in range(2):
        with pytest.raises(BrokenData, match=r"byte 5: time goes back .* fetching it again would not help") as error:
            inventory.fetch(nmnist)
        assert "snnexp data fetch" not in str(error.value)
    assert capsys.readouterr().out.count("train.zip: from") == 1
    path = tmp_path / "N-MNIST" / "Train" / "3" / "00001.bin"
    path.write_bytes(bytes([5, 240, 0, 0, 0] * 2))
    later = (tmp_path / "N-MNIST" / "train.zip.json").stat().st_mtime + 1
    os.utime(path, (later, later))
    with pytest.raises(BrokenData, match=r"no events .*run `snnexp data fetch nmnist"):
        nmnist.load(T=1)


def test_a_set_that_fetching_would_not_replace_is_told_where_it_comes_from(tmp_path: Path):
    (tmp_path / "DvsGesture").mkdir()
    for user in ("user01", "user24"):  # of training and test
        (tmp_path / "DvsGesture" / f"{user}_led.aedat").write_bytes(b"damaged")
    gesture = inventory.find("dvs128_gesture", str(tmp_path))
    with pytest.raises(BrokenData, match=r"no header of AEDAT 3\.1.*; place the files again; `snnexp data fetch"):
        gesture.load(T=2)
    with pytest.raises(
        UserError, match=r"no header of AEDAT 3\.1.*; below .*: for the official 1176/288 samples, unpack"
    ):
        inventory.fetch(gesture)


def test_an_embedded_set_is_there_already(capsys: pytest.CaptureFixture):
    assert inventory.fetch(inventory.find("digits", None)) == 0
    assert capsys.readouterr().out == "digits: 1437 training, 360 test images, whole, embedded\n"


def test_what_no_program_can_fetch_is_told_with_its_place(tmp_path: Path):
    gait = inventory.find("dvs128_gait_day", str(tmp_path))
    with pytest.raises(UserError) as error:
        inventory.fetch(gait)
    text = str(error.value)
    assert f"not found in {tmp_path}/DVS128-Gait-Day; below {tmp_path}: the set comes from Baidu" in text
    assert "DVS128-Gait-Day/origin/train/0/" in text and "snnexp data fetch" not in text


def test_every_set_in_files_can_be_fetched_or_says_where_to_place_it():
    for name in NAMES:
        dataset = inventory.find(name, None)
        if isinstance(dataset, Stored):
            assert dataset.archives or dataset.folders[0] in dataset.manual
