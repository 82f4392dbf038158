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

FOUND = yaml.safe_load((Path(papers.__file__).with_name("paper_results.yaml")).read_text())
ROWS = [*FOUND["results"], *({"paper": "others", "table": "yardsticks"} | row for row in FOUND["yardsticks"])]
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
    assert Counter(number.paper for number in numbers().values()) == {"rmp": 22, "inflor": 14, "asa": 24, "others": 85}


@pytest.mark.parametrize("number", numbers().values(), ids=lambda n: f"{n.paper}-{n.dataset}-{n.backbone}-{n.T}")
def test_no_number_is_shown_without_its_mark(number):
    assert f"({number.confidence})" in str(number)
    if number.std is not None:  # RMP-Loss's deviations are recalled, also where the value is quoted
        assert str(number).endswith("(recalled)" if number.paper == "rmp" else "(quoted)")


def test_shows_the_printed_digits():
    assert str(lookup(**RMP, backbone="resnet19", T=6)) == "96.10 ± 0.08 (recalled)"
    assert str(lookup(**RMP, backbone="vgg16", T=10)) == "94.39 (quoted) ± 0.08 (recalled)"
    weak = lookup(**RMP | {"paper": "inflor", "method": "soft_reset+mpr"}, backbone="resnet19", T=4)
    assert str(weak) == "96.27 (weak)" and weak is not None and weak.value == Decimal("96.27")


def test_a_deviation_has_its_own_mark():
    gate = {"paper": "others", "table": "yardsticks", "dataset": "dvs128_gesture", "backbone": "asa_3layer", "T": 60}
    assert str(lookup(**gate, method="tcsa", metric="accuracy")) == "96.53 ± 0.57 (quoted)"


def test_only_what_is_printed_somewhere_has_a_source():
    known = Counter((number.confidence, number.has_source) for number in numbers().values())
    assert set(known) == {("readme", True), ("quoted", True), ("recalled", False), ("weak", False)}


def test_yardsticks_are_those_of_the_data_sets_asked_for():
    found = papers.yardsticks({"daily_action_dvs", "dvs128_gait_day"})
    assert [number.method for number in found] == ["vegnn", "ev_gait_3dgraph"]
    assert found[0].what == "vegnn, dvs128_gait_day" and papers.yardsticks(set()) == []


def test_what_is_not_known_is_none():
    inflor = RMP | {"paper": "inflor", "table": "ablation", "method": "mpr"}
    assert lookup(**inflor, backbone="resnet20", T=4) is None
    assert lookup(**RMP, backbone="resnet20", T=None) is None
