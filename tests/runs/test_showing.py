from pathlib import Path

import pytest

from snnexp.errors import Preempted, UserError
from snnexp.loggers.base import Logger, Shown
from snnexp.runs.showing import Showing

ROWS = [{"epoch": epoch} for epoch in range(4)]


class Told(Logger):
    """Keeps what it is told, and fails where it should."""

    def __init__(self, fails: str = "") -> None:
        self.fails, self.rows, self.ended = fails, [], None

    def begin(self, run, rows):
        self.fail("begin")
        self.rows += rows

    def log(self, row):
        self.fail("log")
        self.rows.append(row)

    def end(self, status, figures):
        self.fail("end")
        self.ended = status, figures

    def fail(self, where: str) -> None:
        if self.fails == where:
            raise ConnectionError("no answer\nfrom there")


@pytest.fixture
def shown(tmp_path: Path) -> Shown:
    return Shown(tmp_path, "digits", {})


def test_each_row_is_shown_once_whenever_the_run_begins_again(shown: Shown):
    logger = Told()
    showing = Showing({"told": logger}, shown)
    showing.show(ROWS[:1])  # of another run, which this one goes on from
    showing.begin(ROWS[:1])
    showing.show(ROWS[:1])
    showing.show(ROWS[:3])
    showing.begin(ROWS[:3])  # after an epoch that was rolled back
    showing.show(ROWS)
    showing.end(None, {"test_accuracy": 0.5, "layers": []})
    assert logger.rows == ROWS and logger.ended == ("done", {"test_accuracy": 0.5})


@pytest.mark.parametrize(
    ("kind", "status"), [(Preempted, "preempted"), (OSError, "failed"), (KeyboardInterrupt, "preempted")]
)
def test_the_end_is_told_as_what_it_was(kind: type[BaseException], status: str, shown: Shown):
    logger = Told()
    showing = Showing({"told": logger}, shown)
    showing.begin([])
    showing.end(kind, {})
    assert logger.ended == (status, {})


def test_one_that_cannot_begin_refuses_the_run_and_the_others_end(shown: Shown):
    first, last = Told(), Told("begin")
    showing = Showing({"first": first, "last": last}, shown)
    line = r"^logger.last: ConnectionError: no answer from there; see to that, or leave out last in logger=\[...\]$"
    with pytest.raises(UserError, match=line):
        showing.begin([])
    showing.end(UserError, {})
    assert first.ended and not last.ended


@pytest.mark.parametrize("where", ["log", "end"])
def test_one_that_fails_later_is_told_once_and_the_run_goes_on(where: str, shown: Shown, caplog):
    good, bad = Told(), Told(where)
    showing = Showing({"bad": bad, "good": good}, shown)
    showing.begin([])
    showing.show(ROWS[:1])
    showing.show(ROWS)
    showing.end(None, {"test_accuracy": 0.5})
    assert good.rows == ROWS and good.ended
    (told,) = [record.getMessage() for record in caplog.records]
    assert told.startswith("logger.bad: ConnectionError: no answer from there; continues without it")
