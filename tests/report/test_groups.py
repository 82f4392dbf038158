"""How runs are grouped and named."""

from dataclasses import replace
from pathlib import Path

from snnexp.report.groups import group, names
from snnexp.report.sources import locate


def test_groups_by_identity_in_the_sweeps_order(runs: Path):
    plain, rmp = group(locate("abcdef", str(runs)).runs())
    assert (plain.name, rmp.name) == ("regularizer=[]", "regularizer=[rmp]")
    assert [run.seed for run in plain.runs] == [run.seed for run in rmp.runs] == [1, 2]
    assert plain.hue != rmp.hue


def test_names_tell_experiments_and_identities_where_overrides_do_not(runs: Path):
    first, *_, last = locate("abcdef", str(runs)).runs()
    elsewhere = replace(last, folder=Path("runs/other/0123456789-s1"))
    assert names([first, last, elsewhere]) == ["quickstart regularizer=[]", "quickstart regularizer=[rmp]", "other"]
    twin = replace(first, folder=Path("runs/quickstart/0123456789-s1"))
    assert names([first, twin]) == [f"quickstart {first.id}", "quickstart 0123456789"]
    cut = replace(last, text="# snnexp train 'T=2")
    assert names([first, cut])[1] == "'T=2"
