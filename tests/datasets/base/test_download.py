import hashlib
import io
import json
import re
import tarfile
import threading
import zipfile
from collections.abc import Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from snnexp.datasets.base import Archive, download
from snnexp.datasets.base.download import fetch
from snnexp.errors import UserError

CONTENT = {"set/a.bin": np.random.default_rng(0).bytes(200_000), "set/b/c.bin": b"two"}


def tar(content: dict[str, bytes]) -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w:gz") as archive:
        for name, data in content.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(data)
            archive.addfile(entry, io.BytesIO(data))
    return file.getvalue()


def zipped(content: dict[str, bytes]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, data in content.items():
            archive.writestr(name, data)
    return file.getvalue()


class Server:
    """Serves `data` on 127.0.0.1; breaks off after `limit` bytes, and knows Range unless `ranges` is False."""

    def __init__(self) -> None:
        self.data = tar(CONTENT)
        self.limit: int | None = None
        self.ranges = True
        self.asked: list[str | None] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                outer.answer(self)

            def log_message(self, format, *args):
                pass

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.http.serve_forever, args=(0.01,), daemon=True).start()

    def answer(self, request: BaseHTTPRequestHandler) -> None:
        wanted = request.headers.get("Range")
        self.asked.append(wanted)
        if request.path == "/missing":
            return request.send_error(404)
        if request.path == "/wall":
            request.send_response(202)
            request.send_header("Content-Length", "0")
            return request.end_headers()
        start = int(re.fullmatch(r"bytes=(\d+)-", wanted)[1]) if wanted and self.ranges else 0
        if start and start >= len(self.data):
            return request.send_error(416)
        request.send_response(206 if start else 200)
        request.send_header("Content-Length", str(len(self.data) - start))
        request.end_headers()
        request.wfile.write(self.data[start : self.limit])

    def archive(self, path: str = "/set", **changes) -> Archive:
        given = {"md5": hashlib.md5(self.data).hexdigest(), "unpacked": 300_000} | changes
        return Archive(name="set.tar.gz", url=f"http://127.0.0.1:{self.http.server_port}{path}", **given)


@pytest.fixture
def server() -> Iterator[Server]:
    server = Server()
    yield server
    server.http.shutdown()
    server.http.server_close()


def files(root: Path) -> dict[str, bytes]:
    hidden = {".fetch.lock", "set.tar.gz.json"}
    found = [path for path in root.rglob("*") if path.is_file() and path.name not in hidden]
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in found}


@pytest.mark.parametrize("pack", [tar, zipped])
def test_an_archive_is_unpacked_and_leaves_nothing_else(server: Server, tmp_path: Path, pack):
    server.data = pack(CONTENT)
    fetch([server.archive()], tmp_path / "new")
    assert files(tmp_path / "new") == CONTENT


def test_an_archive_may_go_into_a_folder_of_its_own(server: Server, tmp_path: Path):
    fetch([server.archive(into="own")], tmp_path)
    assert files(tmp_path) == {f"own/{name}": data for name, data in CONTENT.items()}


def test_a_manifest_of_the_sizes_lies_beside_the_files(server: Server, tmp_path: Path):
    fetch([server.archive(into="own")], tmp_path)
    sizes = json.loads((tmp_path / "own" / "set.tar.gz.json").read_text())
    assert sizes == {"set/a.bin": 200_000, "set/b/c.bin": 3}


def test_a_broken_transfer_is_resumed_where_it_stopped(server: Server, tmp_path: Path):
    server.limit = 70_000
    with pytest.raises(OSError, match="the same command resumes"):
        fetch([server.archive()], tmp_path)
    assert files(tmp_path) == {"set.tar.gz.part": server.data[:70_000]}
    server.limit = None
    fetch([server.archive()], tmp_path)
    assert server.asked == [None, "bytes=70000-"] and files(tmp_path) == CONTENT


def test_a_server_without_ranges_is_asked_from_the_start(server: Server, tmp_path: Path):
    (tmp_path / "set.tar.gz.part").write_bytes(server.data[:70_000])
    server.ranges = False
    fetch([server.archive()], tmp_path)
    assert files(tmp_path) == CONTENT


def test_a_complete_part_needs_no_transfer(server: Server, tmp_path: Path):
    (tmp_path / "set.tar.gz.part").write_bytes(server.data)
    fetch([server.archive()], tmp_path)
    assert files(tmp_path) == CONTENT


def test_an_archive_fetched_before_is_not_fetched_again(server: Server, tmp_path: Path):
    (tmp_path / "set.tar.gz").write_bytes(server.data)
    fetch([server.archive()], tmp_path)
    assert server.asked == [] and files(tmp_path) == CONTENT


def test_a_wrong_md5_is_told_and_the_file_removed(server: Server, tmp_path: Path):
    with pytest.raises(OSError, match=f"MD5 is {hashlib.md5(server.data).hexdigest()}, not {'0' * 32}"):
        fetch([server.archive(md5="0" * 32)], tmp_path)
    assert files(tmp_path) == {}


def test_a_part_that_belongs_to_another_file_does_not_stick(server: Server, tmp_path: Path):
    (tmp_path / "set.tar.gz.part").write_bytes(b"x" * 10)
    with pytest.raises(OSError, match="run the same command again"):
        fetch([server.archive()], tmp_path)
    fetch([server.archive()], tmp_path)
    assert files(tmp_path) == CONTENT


def test_a_full_disk_is_foreseen(server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(download.shutil, "disk_usage", lambda path: SimpleNamespace(free=len(server.data) + 299_999))
    with pytest.raises(UserError, match=r"GB are needed .* make room"):
        fetch([server.archive()], tmp_path)
    assert files(tmp_path) == {}


def test_a_missing_file_names_the_address(server: Server, tmp_path: Path):
    with pytest.raises(OSError, match="/missing: HTTP Error 404"):
        fetch([server.archive("/missing")], tmp_path)


def test_no_connection_names_the_address(server: Server, tmp_path: Path):
    archive = server.archive()
    server.http.shutdown()
    server.http.server_close()
    with pytest.raises(OSError, match=f"{archive.url}: .*the same command resumes"):
        fetch([archive], tmp_path)


def test_files_of_an_older_fetch_are_replaced(server: Server, tmp_path: Path):
    (tmp_path / "set").mkdir()
    (tmp_path / "set" / "a.bin").write_bytes(b"damaged")
    (tmp_path / "other").write_bytes(b"stays")
    fetch([server.archive()], tmp_path)
    assert files(tmp_path) == CONTENT | {"other": b"stays"}


@pytest.mark.parametrize("pack", [tar, zipped])
@pytest.mark.parametrize("name", ["../outside", "/outside"])
def test_an_entry_that_leads_outside_never_lands_there(server: Server, tmp_path: Path, pack, name: str):
    server.data = pack({name: b"evil"})
    with suppress(OSError, tarfile.TarError):
        fetch([server.archive(into="deep/own")], tmp_path)
    found = [path for path in files(tmp_path) if path.endswith("outside")]
    assert set(found) <= {"deep/own/outside"} and not Path("/outside").exists()


def test_two_processes_do_not_fetch_into_one_folder(server: Server, tmp_path: Path):
    with download.lock(tmp_path / ".fetch.lock"), pytest.raises(UserError, match="another process is fetching"):
        fetch([server.archive()], tmp_path)


def test_mirrors_are_asked_in_order_and_the_one_that_answers_is_told(server: Server, tmp_path: Path, capsys):
    base = f"http://127.0.0.1:{server.http.server_port}"
    archive = server.archive("/missing", mirrors=(f"{base}/wall", f"{base}/other", f"{base}/never"))
    fetch([archive], tmp_path)
    assert files(tmp_path) == CONTENT
    assert capsys.readouterr().out == f"set.tar.gz: from {base}/other\n"


def test_where_no_mirror_answers_each_is_told(server: Server, tmp_path: Path):
    base = f"http://127.0.0.1:{server.http.server_port}"
    (tmp_path / "set.tar.gz.part").write_bytes(server.data[:70_000])
    with pytest.raises(OSError, match=r"/missing: HTTP Error 404.*/wall: status 202 instead of the file"):
        fetch([server.archive("/missing", mirrors=(f"{base}/wall",))], tmp_path)
    assert files(tmp_path) == {"set.tar.gz.part": server.data[:70_000]}


@pytest.mark.parametrize("pack", [tar, zipped])
@pytest.mark.parametrize("share", range(10))
def test_an_archive_cut_short_anywhere_never_passes(server: Server, tmp_path: Path, pack, share: int, figure):
    server.data = pack(CONTENT)
    archive = server.archive()
    server.data = server.data[: len(server.data) * share // 10]
    with pytest.raises(OSError, match="MD5 is"):
        fetch([archive], tmp_path)
    assert files(tmp_path) == {}
    figure("damaged data: archives", "a tar and a zip cut at 10 places: refused, nothing kept")
