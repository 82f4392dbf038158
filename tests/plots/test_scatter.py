"""Runs are points."""

from pathlib import Path

from matplotlib.figure import Figure

from snnexp.plots.scatter import panel, scatter

GROUPS = {"vanilla": [(0.1, 90.0), (0.2, 91.0)], "RMP": [(0.3, 92.0)]}


def test_each_group_has_its_points_and_its_colour():
    axes = Figure().subplots()
    panel(axes, "firing rate", GROUPS)
    assert [each.get_offsets().tolist() for each in axes.collections] == [[[0.1, 90.0], [0.2, 91.0]], [[0.3, 92.0]]]
    assert len({tuple(each.get_facecolor()[0]) for each in axes.collections}) == 2
    assert axes.get_xlabel() == "firing rate" and axes.get_legend_handles_labels()[1] == [*GROUPS]


def test_more_groups_than_colours_are_all_drawn():
    axes = Figure().subplots()
    panel(axes, "firing rate", {f"row {n}": [(float(n), 0.0)] for n in range(20)})
    looks = {(*each.get_facecolor()[0], len(each.get_paths()[0].vertices)) for each in axes.collections}
    assert len(axes.collections) == len(looks) == 20


def test_any_number_of_panels_is_drawn(tmp_path: Path):
    for count in (1, 4):
        scatter(tmp_path / f"{count}.png", {f"figure {n}": GROUPS for n in range(count)}, "accuracy (%)")
        assert (tmp_path / f"{count}.png").stat().st_size > 0
