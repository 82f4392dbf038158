"""How runs are grouped and named."""

import json
from dataclasses import replace
from pathlib import Path

from snnexp.report.groups import group, names
from snnexp.report.sources import locate
from snnexp.runs.identity import IDENTITY, digest


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
    assert names([first, twin])[0] == f"quickstart [{first.id}]"
    assert names([first, twin])[1] == "quickstart [data and threads not recorded, 0123456789]"
    other = replace(twin, config=first.config | {"T": 9})
    assert names([first, other])[1] == "quickstart [T=9, data and threads not recorded, 0123456789]"
    cut = replace(last, text="# snnexp train 'T=2")
    assert names([first, cut])[1] == "'T=2"


def test_runs_of_one_config_are_told_apart_by_what_else_they_differ_in(runs: Path, tmp_path: Path):
    first = locate("abcdef", str(runs)).runs()[0]
    record = json.loads((first.folder / IDENTITY).read_text()) | {"threads": 7}
    folder = tmp_path / "quickstart" / f"{digest(record)}-s1"
    folder.mkdir(parents=True)
    (folder / IDENTITY).write_text(json.dumps(record))
    assert names([first, replace(first, folder=folder)])[1] == f"quickstart [threads=7, {folder.name[:10]}]"
