"""What tables are made of: rows that a yaml requests, records of finished runs, and lines with figures beside them."""

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from snnexp.metrics.base.figure import Figure
from snnexp.tables.papers import PaperNumber
from snnexp.tables.statistics import ENOUGH, Summary
from snnexp.tables.verdict import Contrast


@dataclass(frozen=True, kw_only=True)
class Row:
    """A condition of a table: an experiment with overrides, trained with each seed.

    `paper` is the key of its number in `papers.lookup`, less the metric; `against` the names of the rows that it is
    compared with. Parts of a user's are looked for in `config_dir` and `allow_modules`.
    """

    name: str
    exp: str
    overrides: tuple[str, ...]
    seeds: tuple[int, ...]
    paper: Mapping[str, Any]
    against: tuple[str, ...] = ()
    config_dir: str | None = None
    allow_modules: tuple[str, ...] = ()
    rate: float | None = None  # the learning rate that tuning chose, if its table is tuned
    plan: str | None = None  # the name of its table's plan, if it has one

    @property
    def configured(self) -> list[str]:
        """The overrides that make its config."""
        return [f"exp={self.exp}", *self.overrides, *([] if self.rate is None else [f"optimizer.lr={self.rate}"])]

    def sweep(self, seeds: Sequence[int]) -> str:
        """Return the command that trains some seeds."""
        folder = [] if self.config_dir is None else [f"--config-dir={self.config_dir}"]
        modules = [f"--allow-module={module}" for module in self.allow_modules]
        return shlex.join(["snnexp", "sweep", *self.words(seeds), *folder, *modules])

    def words(self, seeds: Sequence[int]) -> list[str]:
        """Return the overrides of a sweep over some seeds."""
        plan = [f"plan={self.plan}"] if self.plan else []
        return [*self.configured, *plan, f"seed={','.join(map(str, seeds))}"]


@dataclass(frozen=True, kw_only=True)
class Tuning:
    """The grid of learning rates that each row of a table is tried with, and what each is judged by.

    `tried` names what was tuned, where the table's yaml has rates already: `snnexp tune` writes both.
    """

    rates: tuple[float, ...]
    seeds: tuple[int, ...]
    validation: float
    tried: str | None = None


@dataclass(frozen=True, kw_only=True)
class Spec:
    """A table at one scale, as its yaml requests it; `label` says what is trained.

    `hypothesis` is what it was made to decide, `primary` names the rows whose comparisons decide it (all that are
    compared, where none is named), and an accuracy that differs by less than `margin` counts as no difference. `gains`
    are pairs of rows: whether the first gains more over what it is compared with than the second does, decides as well.
    """

    name: str
    title: str
    scale: str
    label: str
    rows: tuple[Row, ...]
    hypothesis: str | None = None
    primary: tuple[str, ...] = ()
    margin: float | None = None
    gains: tuple[tuple[str, str], ...] = ()
    tuning: Tuning | None = None
    plan: str | None = None  # names all of this; of a table with a hypothesis

    @property
    def untuned(self) -> bool:
        """Whether its learning rates are still to be chosen."""
        return self.tuning is not None and self.tuning.tried is None

    def had(self, plan: str | None) -> bool:
        """Return whether a plan is one of this table at this scale, as it is or as it was."""
        return plan is not None and plan.startswith(f"{self.name}-{self.scale}-")

    def decides(self, row: Row) -> bool:
        """Return whether a row's comparisons are primary."""
        return not self.primary or row.name in self.primary


@dataclass(frozen=True, kw_only=True)
class RunRecord:
    """A finished run, as it is kept: `row` names the line it counts for, figures are those of `result.json`."""

    row: str
    exp: str
    id: str
    seed: int
    test_accuracy: float
    best_test_accuracy: float | None  # None where the best epoch was chosen on a validation split
    best_epoch: int
    firing_rate: float
    quantization_error: float
    data: str
    snnexp: str
    commit: str | None
    torch: str
    device: str
    seconds: float | None = None  # not kept of runs of old
    threads: int | None = None  # nor these
    fingerprint: str | None = None  # of the data; nor this
    warnings: str | None = None  # None where there are none
    plan: str | None = None  # that it was trained for, if for any
    folds: int | None = None  # of which the seed tested one; None where the test set is as published
    trained: float | None = None  # the part of the other folds that it was trained on; None for all of them
    config: str | None = None  # its digest, on whatever machine; not kept of runs of old
    right: str | None = None  # which test items, by `metrics.base.items`; not kept of runs of several processes
    more: Mapping[str, float] = field(default_factory=dict)  # figures beside those above, by their columns

    def figure(self, figure: Figure) -> float | None:
        """Return one of the figures; None where the run has none."""
        return getattr(self, figure.key, self.more.get(figure.column or ""))


@dataclass(frozen=True, kw_only=True)
class Cell:
    """One metric of one line, in the unit that is shown; None for what there is not."""

    metric: Figure
    summary: Summary | None
    paper: PaperNumber | None

    @property
    def difference(self) -> float | None:
        """Measured mean less the paper's number; None beside a number without a source."""
        if self.summary is None or self.paper is None or not self.paper.has_source:
            return None
        return self.summary.mean - float(self.paper.value)


@dataclass(frozen=True, kw_only=True)
class Line:
    """A line of a table: the runs of one configuration; `missing` is the command that trains the seeds it lacks."""

    name: str
    seeds: tuple[int, ...]
    ids: tuple[str, ...]
    cells: tuple[Cell, ...]
    missing: str | None = None
    warnings: tuple[str, ...] = ()
    folds: int | None = None  # of which each seed tested one

    @property
    def few(self) -> bool:
        """Whether it has fewer seeds than anything can be judged by."""
        return len(self.seeds) < ENOUGH


@dataclass(frozen=True, kw_only=True)
class Table:
    """A table with its figures and how lines differ in them; `notes` say what limits the comparison of its lines."""

    spec: Spec
    lines: tuple[Line, ...]
    contrasts: tuple[Contrast, ...] = ()
    published: tuple[PaperNumber, ...] = ()  # of other methods on the same data
    notes: tuple[str, ...] = field(default=())

    @property
    def metrics(self) -> list[Figure]:
        """The figures of its columns."""
        return [cell.metric for line in self.lines[:1] for cell in line.cells]


@dataclass(frozen=True)
class Grid:
    """Texts in columns."""

    head: tuple[str, ...]
    body: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, kw_only=True)
class Page:
    """A table in words, for formats that are read by people; commands stand between backticks."""

    name: str
    title: str
    grids: tuple[Grid, ...]
    remarks: tuple[str, ...]
