"""Real signals to this process; tests/promises/test_preemption.py sends them to runs."""

import os
import signal

import pytest

from snnexp.errors import Preempted
from snnexp.machine.signals import ASKING, Signals


@pytest.mark.parametrize("number", ASKING)
def test_keeps_what_came_and_puts_the_handlers_back(number):
    before = [signal.getsignal(each) for each in ASKING]
    with Signals() as signals:
        assert signals.received is None
        os.kill(os.getpid(), number)
        assert signals.received == number
    assert [signal.getsignal(each) for each in ASKING] == before


def test_a_second_interrupt_leaves_at_once():
    with pytest.raises(KeyboardInterrupt), Signals():
        os.kill(os.getpid(), signal.SIGTERM)
        os.kill(os.getpid(), signal.SIGINT)


def test_whoever_listened_before_is_told_behind_a_preemption(monkeypatch):
    told = []
    old = signal.signal(signal.SIGUSR2, lambda number, _: told.append(number))
    try:
        with Signals():
            os.kill(os.getpid(), signal.SIGUSR2)
        assert told == []
        with pytest.raises(Preempted), Signals():
            os.kill(os.getpid(), signal.SIGUSR2)
            assert told == []
            raise Preempted
        assert told == [signal.SIGUSR2]
    finally:
        signal.signal(signal.SIGUSR2, old)
