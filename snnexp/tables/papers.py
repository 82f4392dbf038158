"""The numbers of the three papers, each with the mark that says how far it can be trusted."""

from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any, Literal

import yaml

Confidence = Literal["readme", "quoted", "recalled", "weak"]


@dataclass(frozen=True, kw_only=True)
class PaperNumber:
    """One number of a paper, in the digits it was printed with; `accuracy` in percent, `nasfr` a fraction.

    As text it is never without its mark: readme (printed by the authors), quoted (by a third party), recalled or weak
    (neither was verified).
    """

    paper: str
    table: str
    dataset: str
    backbone: str
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
        if self.confidence == "recalled":
            return f"{self.value} ± {self.std} (recalled)"
        return f"{self.value} ({self.confidence}) ± {self.std} (recalled)"  # no source but memory gives a deviation


def lookup(
    *, paper: str, table: str, dataset: str, backbone: str, T: int | None, method: str, metric: str
) -> PaperNumber | None:
    """The number of one row, or None where none is known: print n/a."""
    key = (paper, table, dataset, backbone, T, method, metric)
    return numbers().get(key)


@cache
def numbers() -> dict[tuple[str | int | None, ...], PaperNumber]:
    """All rows by (paper, table, dataset, backbone, T, method, metric)."""
    text = (Path(__file__).parent / "paper_results.yaml").read_text()
    rows = [parse(row) for row in yaml.load(text, yaml.BaseLoader)["results"]]  # which keeps 96.10 as it stands
    return {(r.paper, r.table, r.dataset, r.backbone, r.T, r.method, r.metric): r for r in rows}


def parse(row: dict[str, str]) -> PaperNumber:
    """A row of the file, whose values are all text."""
    fields: dict[str, Any] = {name: None if text == "null" else text for name, text in row.items()}
    for name, kind in (("T", int), ("value", Decimal), ("std", Decimal)):
        fields[name] = None if fields[name] is None else kind(fields[name])
    return PaperNumber(**fields)
