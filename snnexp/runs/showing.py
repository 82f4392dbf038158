"""Hands a run's epochs to its loggers, none of which can end the training."""

import logging
from collections.abc import Callable, Mapping, Sequence

from snnexp.errors import UserError, one_line
from snnexp.loggers.base import Logger, Row, Shown
from snnexp.metrics.figures import present

log = logging.getLogger(__name__)


class Showing:
    """The loggers of a run by their names in the config, and how many of its epochs they have."""

    def __init__(self, loggers: Mapping[str, Logger], shown: Shown) -> None:
        self.waiting = dict(loggers)
        self.loggers: dict[str, Logger] = {}
        self.shown, self.count = shown, 0

    def begin(self, rows: Sequence[Row]) -> None:
        """Open the run in each, the first time that this is called.

        Raises:
            UserError: one cannot, as where its program wants a login or its server is not there.
        """
        for name, logger in self.waiting.items():
            try:
                logger.begin(self.shown, rows)
            except Exception as error:  # of whatever kind a package raises
                failure = f"logger.{name}: {one_line(error)}"
                raise UserError(f"{failure}; see to that, or leave out {name} in logger=[...]") from error
            self.loggers[name] = logger
        self.count, self.waiting = len(rows), {}

    def show(self, rows: Sequence[Row]) -> None:
        """Show those of a run's rows that are new."""
        for row in rows[self.count :] if not self.waiting else ():
            self.each(lambda logger, row=row: logger.log(row))
        self.count = len(rows)

    def end(self, kind: type[BaseException] | None, result: Row) -> None:
        """Show how the run has ended: by an error of some kind, or with a result."""
        failed = kind is not None and issubclass(kind, Exception)  # as the run's status has it
        status = "done" if result else "failed" if failed else "preempted"
        figures = {figure.key: float(value) for figure, value in present(result)}
        self.each(lambda logger: logger.end(status, figures))

    def each(self, act: Callable[[Logger], None]) -> None:
        """Do something with every logger; what fails is reported, and left out from there on."""
        for name, logger in [*self.loggers.items()]:
            try:
                act(logger)
            except Exception as error:  # of whatever kind a package raises
                log.warning("logger.%s: %s; continues without it, metrics.jsonl has each epoch", name, one_line(error))
                del self.loggers[name]
