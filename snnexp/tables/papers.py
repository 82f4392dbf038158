"""The numbers of the three papers and of the methods beside them, each with the mark that says how far to trust it."""

from collections.abc import Container
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any, Literal

import yaml

Confidence = Literal["readme", "quoted", "recalled", "weak"]
YARDSTICK = {"paper": "others", "table": "yardsticks"}


@dataclass(frozen=True, kw_only=True)
class PaperNumber:
    """One number of a paper, in the digits it was printed with; `accuracy` in percent, `nasfr` a fraction.

    As text it is never without its mark: readme (printed by the authors), quoted (by a third party), recalled or weak
    (neither was verified). Numbers of other methods have the paper "others" and the table "yardsticks".
    """

    paper: str
    table: str
    dataset: str
    backbone: str | None
    T: int | None
    method: str
    metric: str
    value: Decimal
    std: Decimal | None
    confidence: Confidence
    source: str

    def __str__(self) -> str:
        if self.std is None:
            return f"{self.value} ({self.confidence})"
        if self.confidence == self.spread:
            return f"{self.value} ± {self.std} ({self.spread})"
        return f"{self.value} ({self.confidence}) ± {self.std} ({self.spread})"

    @property
    def spread(self) -> Confidence:
        """The mark of the deviation: those of RMP-Loss are recalled, also where their values are quoted."""
        return "recalled" if self.paper == "rmp" else self.confidence

    @property
    def has_source(self) -> bool:
        """Whether it stands anywhere but in somebody's memory."""
        return self.confidence in ("readme", "quoted")

    @property
    def what(self) -> str:
        """What was trained, in words."""
        steps = None if self.T is None else f"T = {self.T}"
        return ", ".join(filter(None, [self.method, self.dataset, self.backbone, steps]))


def lookup(
    *, paper: str, table: str, dataset: str, backbone: str | None, T: int | None, method: str, metric: str
) -> PaperNumber | None:
    """Return the number of one row, or None where none is known: print n/a."""
    key = (paper, table, dataset, backbone, T, method, metric)
    return numbers().get(key)


@cache
def numbers() -> dict[tuple[str | int | None, ...], PaperNumber]:
    """Return all rows by (paper, table, dataset, backbone, T, method, metric)."""
    text = (Path(__file__).parent / "paper_results.yaml").read_text()
    found = yaml.load(text, yaml.BaseLoader)  # which keeps 96.10 as it stands
    rows = [parse(row) for row in [*found["results"], *(YARDSTICK | row for row in found["yardsticks"])]]
    return {(r.paper, r.table, r.dataset, r.backbone, r.T, r.method, r.metric): r for r in rows}


def yardsticks(datasets: Container[str]) -> list[PaperNumber]:
    """Return the numbers of other methods on some data sets."""
    return [number for number in numbers().values() if number.paper == "others" and number.dataset in datasets]


def parse(row: dict[str, str]) -> PaperNumber:
    """Return a row of the file, whose values are all text."""
    fields: dict[str, Any] = {name: None if text == "null" else text for name, text in row.items()}
    for name, kind in (("T", int), ("value", Decimal), ("std", Decimal)):
        fields[name] = None if fields[name] is None else kind(fields[name])
    return PaperNumber(**fields)
