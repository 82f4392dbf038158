"""What a watched page is answered with."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path

import pytest

from snnexp.report.sources import Source
from snnexp.report.watch import server


@contextmanager
def connected(source: Source) -> Iterator[HTTPConnection]:
    with server(source.version, lambda tag: f"page {tag}") as serving:
        assert serving.server_address[0] == "127.0.0.1"
        threading.Thread(target=serving.serve_forever, daemon=True).start()
        connection = HTTPConnection("127.0.0.1", serving.server_port)
        yield connection
        connection.close()
        serving.shutdown()


def ask(connection: HTTPConnection, path: str, tag: str = "") -> tuple[int, str | None, str]:
    connection.request("GET", path, headers={"If-None-Match": tag})
    answer = connection.getresponse()
    return answer.status, answer.headers["ETag"], answer.read().decode()


def test_serves_the_page_anew_only_where_something_changed(copies: Path):
    with connected(Source(copies)) as connection:
        status, tag, page = ask(connection, "/")
        assert status == 200 and tag and page == f"page {tag}"
        assert ask(connection, "/", tag) == (304, tag, "") and ask(connection, "/elsewhere")[0] == 404
        with next(copies.glob("*/*/metrics.jsonl")).open("a") as file:
            file.write(json.dumps({"epoch": 2, "test_accuracy": 0.5}) + "\n")
        assert ask(connection, "/", tag)[0] == 200


@pytest.mark.parametrize(
    "foreign",
    [
        [("Host", "evil.example")],
        [("Host", "127.0.0.1.evil.example:80")],
        [("Host", "localhost@evil.example")],
        [("Host", "10.0.0.1")],
        [("Host", "")],
        [],
        [("Host", "localhost"), ("Host", "evil.example")],
        [("Host", "localhost"), ("Origin", "http://evil.example")],
        [("Host", "localhost"), ("Origin", "null")],
        [("Host", "localhost:80"), ("Origin", "http://localhost:81")],
        [("Host", "localhost"), ("Origin", "https://localhost")],
    ],
    ids=str,
)
def test_other_hosts_and_origins_are_refused(foreign: list[tuple[str, str]], tmp_path: Path, figure):
    assert answered(foreign, tmp_path) == (403, None)
    figure("untrusted files: hosts", "`report --watch` asked with 11 other or missing `Host` and `Origin`: each 403")


@pytest.mark.parametrize(
    "own",
    [
        [("Host", "127.0.0.1:8080")],
        [("Host", "LocalHost:9")],
        [("Host", "[::1]")],
        [("Host", "localhost:80"), ("Origin", "http://localhost:80")],
    ],
    ids=str,
)
def test_this_machines_own_names_are_answered_to_their_own_page_alone(own: list[tuple[str, str]], tmp_path: Path):
    assert answered(own, tmp_path) == (200, "same-origin")


def answered(headers: list[tuple[str, str]], folder: Path) -> tuple[int, str | None]:
    """The status, and who may read the page, of a request with these headers."""
    record = folder / "sweep.json"
    record.write_text('{"folders": []}')
    with connected(Source(record)) as connection:
        connection.putrequest("GET", "/", skip_host=True)
        for name, value in headers:
            connection.putheader(name, value)
        connection.endheaders()
        answer = connection.getresponse()
        answer.read()
        return answer.status, answer.headers["Cross-Origin-Resource-Policy"]


def test_goes_on_when_a_record_is_damaged_for_a_while(runs: Path, tmp_path: Path):
    record = tmp_path / "sweep.json"
    record.write_text("{")
    with connected(Source(record)) as connection:
        status, _, said = ask(connection, "/")
        assert status == 503 and "not a sweep's record" in said
        record.write_text('{"folders": []}')
        assert ask(connection, "/")[0] == 200
