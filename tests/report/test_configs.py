"""What configs differ in."""

from pathlib import Path

from snnexp.report.configs import differences
from snnexp.report.groups import group
from snnexp.report.sources import locate


def test_a_part_is_told_by_its_class_and_seeds_are_no_difference(runs: Path):
    groups = group(locate("abcdef", str(runs)).runs())
    rmp = groups[1].runs[0].config["regularizer"]["rmp"]
    expected = {f"regularizer.rmp.{name}": [None, value] for name, value in rmp.items() if name != "_target_"}
    assert differences(groups) == {"regularizer.rmp": [None, "Rmp"]} | expected
    assert differences(groups[:1]) == {}
