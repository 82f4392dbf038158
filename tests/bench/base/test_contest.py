"""Contenders take turns in processes of their own; one that fails is left out."""

import logging
import os

import pytest

from snnexp.bench.base import Contender, Contest, LifCase
from snnexp.bench.base.contest import spinning

PAIR = Contender("copy", "copy", "torch", memory="kept", copies=2)
OTHER = Contender("reference", "reference", "torch")
FAILING = Contender("failing", "no_such_module", "snnexp")
MISSING = Contender("missing", "copy", "no_such_package")
CASE = LifCase(name="layer", device="cpu", dtype="float32", T=2, N=2, features=(4, 4, 4))


def test_who_fails_or_is_missing_is_left_out_and_said(caplog: pytest.LogCaptureFixture):
    with (
        caplog.at_level(logging.WARNING, "snnexp"),
        Contest([PAIR, FAILING, MISSING, OTHER], warmups=1, rounds=2, repeats=3) as contest,
    ):
        measured = contest.measure(CASE)
        assert {each: len(found.seconds) for each, found in measured.items()} == {PAIR: 6, OTHER: 6}
        contest.processes[1].kill()
        assert list(contest.measure(CASE)) == [OTHER]
    warnings = [record.getMessage() for record in caplog.records]
    assert any("missing: left out, no_such_package is missing: pip install " in text for text in warnings)
    assert any(text.startswith("failing (prepare): left out, ModuleNotFoundError") for text in warnings)
    assert any("copy" in text and "died" in text for text in warnings)
    assert not any(process.is_alive() for process in contest.processes)


def test_of_several_copies_the_slowest_counts():
    class Told(Contest):
        def ask(self, contender: Contender, *message: object) -> list[object]:
            return {"prepare": ["ready"], "time": [[1.0, 2.0], [3.0, 1.0]], "peak": [(None, None)]}[str(message[0])]

    contest = Told([PAIR], warmups=1, rounds=2, repeats=2)
    contest.connections = {PAIR: []}
    assert contest.measure(CASE)[PAIR].seconds == [3.0, 2.0, 3.0, 2.0]


@pytest.mark.parametrize("before", [{}, {"GOMP_SPINCOUNT": "77"}])
def test_a_contenders_spin_is_told_to_its_processes_alone(before: dict[str, str], monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("GOMP_SPINCOUNT", raising=False)
    for name, value in before.items():
        monkeypatch.setenv(name, value)
    with spinning(5):
        assert os.environ["GOMP_SPINCOUNT"] == "5"
    with spinning(None):
        assert os.environ.get("GOMP_SPINCOUNT") == before.get("GOMP_SPINCOUNT")
    assert os.environ.get("GOMP_SPINCOUNT") == before.get("GOMP_SPINCOUNT")
