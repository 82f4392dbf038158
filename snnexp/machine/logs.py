"""The program's log: one line an event on standard error, with the time and the run it belongs to."""

import logging
from contextvars import ContextVar

from snnexp.errors import plain

run_id: ContextVar[str] = ContextVar("run_id", default="")


class Lines(logging.Formatter):
    """`12:34:56 <run> text`; the level is named from warnings on."""

    def format(self, record: logging.LogRecord) -> str:
        level = record.levelname.lower() if record.levelno >= logging.WARNING else ""
        words = [self.formatTime(record, "%H:%M:%S"), run_id.get(), level, record.getMessage()]
        text = plain(" ".join(filter(None, words)))
        return f"{text}\n{self.formatException(record.exc_info)}" if record.exc_info else text


def configure() -> None:
    """Print what snnexp logs from INFO on."""
    handler = logging.StreamHandler()
    handler.setFormatter(Lines())
    logger = logging.getLogger("snnexp")
    logger.handlers[:] = [handler]
    logger.setLevel(logging.INFO)
    logger.propagate = False
