"""Where a training stores its epochs and states, and learns that it is to stop."""

from types import TracebackType

from snnexp.config.compose import Composed
from snnexp.datasets.base import Dataset
from snnexp.machine.signals import Signals, name_of
from snnexp.machine.team import Team
from snnexp.runs.identity import Identity, identify
from snnexp.runs.run import Run
from snnexp.training.contracts import Row, State
from snnexp.training.parts import make_loggers


class RunJournal:
    """Within the block, the run of a config, which a team's first process holds; `result` is a finished run's.

    Raises:
        UserError: see `Run.open`.
    """

    def __init__(self, composed: Composed, dataset: Dataset, team: Team, signals: Signals) -> None:
        self.composed, self.dataset, self.team, self.signals = composed, dataset, team, signals
        self.run: Run | None = None

    def __enter__(self) -> "RunJournal":
        self.identity, self.result = self.team.first(self.open)
        return self

    def open(self) -> tuple[Identity, Row | None]:
        """Take up the run."""
        identity = identify(self.composed, self.dataset.fingerprint())
        self.run = Run.open(self.composed, identity, make_loggers(self.composed)).__enter__()
        return identity, self.run.result

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.run is not None:
            self.run.__exit__(kind, error, trace)

    def load(self) -> State | None:
        """Return the state to resume from."""
        return self.team.first(self.read)

    def read(self) -> State | None:
        """Load on the process that holds the run, as `load` does."""
        assert self.run is not None
        return self.run.load()

    def log(self, row: Row) -> None:
        """Keep an epoch's row."""
        if self.run is not None:
            self.run.log(row)

    def save(self, state: State, step: int) -> None:
        """Keep the state after a step, counted over all epochs."""
        if self.run is not None:
            self.run.save(state, step)

    def stopped_by(self) -> str | None:
        """Return the signal that asked one of the team's processes to stop."""
        return name_of(self.team.largest(self.signals.received or 0))
