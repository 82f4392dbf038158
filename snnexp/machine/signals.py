"""Signals that ask a run to stop: it finishes its step, saves and exits with 75."""

import logging
import signal
import threading
from types import FrameType, TracebackType
from typing import Any

from snnexp.errors import Preempted

log = logging.getLogger(__name__)
ASKING = (signal.SIGTERM, signal.SIGINT, signal.SIGUSR1, signal.SIGUSR2)


class Signals:
    """Within the block, keeps the signal that came instead of dying of it; a second Ctrl-C leaves at once.

    Where someone else's handler stood before and the run was preempted, that one is called behind the block: submitit's
    queues the job again. Outside the main thread Python takes no handlers, and no signal is caught.
    """

    def __init__(self) -> None:
        self.received: signal.Signals | None = None
        self.before: dict[int, Any] = {}

    def __enter__(self) -> "Signals":
        if threading.current_thread() is threading.main_thread():
            self.before = {number: signal.signal(number, self.keep) for number in ASKING}
        return self

    def keep(self, number: int, _: FrameType | None) -> None:
        """Handle a signal.

        Raises:
            KeyboardInterrupt: a second Ctrl-C.
        """
        if self.received is not None and number == signal.SIGINT:
            raise KeyboardInterrupt
        self.received = signal.Signals(number)
        log.info("%s: stopping after this step; Ctrl-C leaves at once", self.received.name)

    def __exit__(self, kind: type[BaseException] | None, _: BaseException | None, __: TracebackType | None) -> None:
        for number, handler in self.before.items():
            signal.signal(number, handler)
        own = self.before.get(self.received) if self.received else None
        if kind is Preempted and callable(own) and own is not signal.default_int_handler:
            own(self.received, None)


def name_of(number: int) -> str | None:
    """Return a signal's name, as SIGTERM for 15; None for 0."""
    return signal.Signals(number).name if number else None
