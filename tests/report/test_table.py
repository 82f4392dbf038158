"""The table of a report says what the results of its runs say."""

from dataclasses import replace
from pathlib import Path
from statistics import fmean, stdev

import pytest

from snnexp.report.base.runs import Group
from snnexp.report.groups import group
from snnexp.report.sources import locate
from snnexp.report.table import baseline, table
from snnexp.runs.results import read_result
from snnexp.tables import words


def test_means_over_seeds_and_seeds_compared(runs: Path):
    groups = group(locate("abcdef", str(runs)).runs())
    grid, judged, described = words.grids(table(groups))
    accuracies = [[100 * read_result(run.folder)["test_accuracy"] for run in each.runs] for each in groups]
    for line, each, values in zip(grid.body, groups, accuracies, strict=True):
        assert line[:2] == (each.name, "2*")
        assert line[2].startswith(f"{fmean(values):.2f} ± {stdev(values):.2f} [")
    (line,) = judged.body
    assert line[:2] == ("regularizer=[rmp] against regularizer=[]", "2, 2") == (described.body[0][0], "2, 2")
    assert line[-1] == "no word: fewer than 5 seeds" and float(line[2].split()[0]) == pytest.approx(
        fmean(accuracies[1]) - fmean(accuracies[0]), abs=0.005
    )


def test_the_baseline_is_the_nearest_without_a_regularizer_on_the_same_data(runs: Path):
    plain, rmp = group(locate("abcdef", str(runs)).runs())

    def changed(each: Group, **config: object) -> Group:
        return replace(each, runs=(replace(each.runs[0], config={**each.config, **config}),))

    longer, rmp_longer = changed(plain, T=9), changed(rmp, T=9)
    elsewhere = changed(rmp, dataset={"_target_": "another"})
    groups = [rmp, plain, longer, rmp_longer, elsewhere]
    assert [baseline(each, groups) for each in groups] == [plain, plain, plain, longer, elsewhere]


def test_single_seeds_are_not_compared(runs: Path):
    plain, rmp = group(locate("abcdef", str(runs)).runs())
    assert len(words.grids(table([plain, replace(rmp, runs=rmp.runs[:1])]))) == 1


def test_a_group_of_which_nothing_has_finished_has_a_line(runs: Path):
    plain, rmp = group(locate("abcdef", str(runs)).runs())
    waiting = replace(rmp, runs=tuple(replace(run, result=None) for run in rmp.runs))
    (grid,) = words.grids(table([plain, waiting]))
    assert grid.body[1][:2] == ("regularizer=[rmp]", "0*") and not any(grid.body[1][2:])
