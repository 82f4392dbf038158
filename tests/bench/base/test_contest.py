"""Contenders take turns in processes of their own; one that fails is left out."""

import logging

import pytest

from snnexp.bench.base import Contender, Contest, Lif

COPY = Contender("copy", "copy", "torch", memory="kept")
OTHER = Contender("reference", "reference", "torch")
FAILING = Contender("failing", "no_such_module", "snnexp")
MISSING = Contender("missing", "copy", "no_such_package")
CASE = Lif(name="layer", device="cpu", dtype="float32", T=2, N=2, features=(4, 4, 4))


def test_who_fails_or_is_missing_is_left_out_and_said(caplog: pytest.LogCaptureFixture):
    with (
        caplog.at_level(logging.WARNING, "snnexp"),
        Contest([COPY, FAILING, MISSING, OTHER], warmups=1, rounds=2, repeats=3) as contest,
    ):
        measured = contest.measure(CASE)
        assert {each: len(found.seconds) for each, found in measured.items()} == {COPY: 6, OTHER: 6}
        contest.processes[0].kill()
        assert list(contest.measure(CASE)) == [OTHER]
    warnings = [record.getMessage() for record in caplog.records]
    assert "missing: left out, no_such_package is missing: pip install 'snnexp[bench]'" in warnings
    assert any(text.startswith("failing (prepare): left out, ModuleNotFoundError") for text in warnings)
    assert any("copy" in text and "died" in text for text in warnings)
    assert not any(process.is_alive() for process in contest.processes)
