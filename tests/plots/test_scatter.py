"""Runs are points."""

from pathlib import Path

from matplotlib.figure import Figure

from snnexp.plots.scatter import looks, panel, scatter

GROUPS = {"vanilla": [(0.1, 90.0), (0.2, 91.0)], "RMP": [(0.3, 92.0)]}


def test_each_group_has_its_points_and_its_colour():
    axes = Figure().subplots()
    panel(axes, "firing rate", GROUPS, looks([GROUPS]))
    assert [each.get_offsets().tolist() for each in axes.collections] == [[[0.1, 90.0], [0.2, 91.0]], [[0.3, 92.0]]]
    assert len({tuple(each.get_facecolor()[0]) for each in axes.collections}) == 2
    assert axes.get_xlabel() == "firing rate" and axes.get_legend_handles_labels()[1] == [*GROUPS]


def test_a_look_is_one_group_s_in_all_panels_and_of_more_groups_than_colours():
    many = {f"row {n}": [(float(n), 0.0)] for n in range(20)}
    own = looks([{"RMP": GROUPS["RMP"]}, GROUPS, many])  # vanilla lacks the first figure
    assert [*own] == ["RMP", "vanilla", *many] and len({*own.values()}) == 22
    drawn = [Figure().subplots() for _ in range(2)]
    for axes, groups in zip(drawn, ({"RMP": GROUPS["RMP"]}, GROUPS), strict=True):
        panel(axes, "", groups, own)
    first, last = drawn[0].collections[0], drawn[1].collections[1]
    assert first.get_label() == last.get_label() == "RMP"
    assert first.get_facecolor().tolist() == last.get_facecolor().tolist()


def test_any_number_of_panels_is_drawn(tmp_path: Path):
    for count in (1, 4):
        scatter(tmp_path / f"{count}.png", {f"figure {n}": GROUPS for n in range(count)}, "accuracy (%)")
        assert (tmp_path / f"{count}.png").stat().st_size > 0
