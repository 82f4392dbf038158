"""The papers' numbers are complete, and none is shown without its mark (acceptance test 17 of RMP-Loss and InfLoR)."""

from collections import Counter
from dataclasses import fields
from decimal import Decimal
from pathlib import Path
from typing import get_args

import pytest
import yaml

from snnexp.tables import papers
from snnexp.tables.papers import Confidence, PaperNumber, lookup, numbers

ROWS = yaml.safe_load((Path(papers.__file__).with_name("paper_results.yaml")).read_text())["results"]
RMP = {"paper": "rmp", "table": "main", "dataset": "cifar10", "method": "rmp", "metric": "accuracy"}


def test_every_entry_has_every_field():
    names = {field.name for field in fields(PaperNumber)}
    assert names == {
        "paper", "table", "dataset", "backbone", "T", "method", "metric", "value", "std", "confidence", "source"
    }  # fmt: skip
    assert ROWS and all(row.keys() == names for row in ROWS)


def test_every_entry_is_found_by_its_key():
    assert len(numbers()) == len(ROWS)  # no two rows share a key
    for row in ROWS:
        key = {name: row[name] for name in ("paper", "table", "dataset", "backbone", "T", "method", "metric")}
        found = lookup(**key)
        assert found is not None and found.confidence in get_args(Confidence) and found.source
        assert float(found.value) == row["value"]
        assert (None if found.std is None else float(found.std)) == row["std"]


def test_the_three_papers_are_there():
    assert Counter(number.paper for number in numbers().values()) == {"rmp": 22, "inflor": 14, "asa": 24}


@pytest.mark.parametrize("number", numbers().values(), ids=lambda n: f"{n.paper}-{n.dataset}-{n.backbone}-{n.T}")
def test_no_number_is_shown_without_its_mark(number):
    assert f"({number.confidence})" in str(number)
    if number.std is not None:
        assert str(number).endswith("(recalled)")  # deviations are recalled, also where the value is quoted


def test_shows_the_printed_digits():
    assert str(lookup(**RMP, backbone="resnet19", T=6)) == "96.10 ± 0.08 (recalled)"
    assert str(lookup(**RMP, backbone="vgg16", T=10)) == "94.39 (quoted) ± 0.08 (recalled)"
    weak = lookup(**RMP | {"paper": "inflor", "method": "soft_reset+mpr"}, backbone="resnet19", T=4)
    assert str(weak) == "96.27 (weak)" and weak is not None and weak.value == Decimal("96.27")


def test_what_is_not_known_is_none():
    inflor = RMP | {"paper": "inflor", "table": "ablation", "method": "mpr"}
    assert lookup(**inflor, backbone="resnet20", T=4) is None
    assert lookup(**RMP, backbone="resnet20", T=None) is None
