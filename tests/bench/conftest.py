"""Contests within the test's own process: starting others takes seconds, and test_contest does it once for all."""

import pytest

from snnexp.bench.base import Case, Contender, Contest, Measured
from snnexp.bench.base.contest import Stand


class InProcess(Contest):
    """Asks tables instead of processes."""

    def __enter__(self) -> "InProcess":
        self.tables = {each: Stand(each) for each in self.contenders}
        return self

    def __exit__(self, *error: object) -> None:
        self.tables.clear()

    def measure(self, case: Case) -> dict[Contender, Measured]:
        self.connections = dict.fromkeys(self.tables)  # type: ignore[arg-type]
        return super().measure(case)

    def ask(self, contender: Contender, *message: object) -> list[object]:
        name, *arguments = message
        return [getattr(self.tables[contender], str(name))(*arguments)]


@pytest.fixture
def in_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let benchmarks run in this process."""
    monkeypatch.setattr("snnexp.bench.base.rows.Contest", InProcess)
