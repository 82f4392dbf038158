import logging

from snnexp.machine.logs import Lines, run_id


def line(level: int) -> str:
    return Lines().format(logging.LogRecord("snnexp.x", level, "x.py", 1, "%d of %d", (1, 2), None))


def test_lines_carry_time_and_run():
    token = run_id.set("0123456789-s1")
    try:
        time, *words = line(logging.INFO).split()
    finally:
        run_id.reset(token)
    assert len(time) == 8 and words == ["0123456789-s1", "1", "of", "2"]


def test_warnings_are_named():
    assert line(logging.WARNING).split()[1:] == ["warning", "1", "of", "2"]
