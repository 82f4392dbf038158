"""Times of contenders, and how time and memory grow."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.ticker import LogLocator, StrMethodFormatter

from snnexp.plots.base import BLUE, ORANGE, PALE, QUIET, drawing

Rows = Sequence[Mapping[str, str]]
OTHERS = "#b9c4d0"


def contenders(path: Path, panels: Mapping[str, Rows]) -> None:
    """Draw a panel for each title: median times as bars, ours in colour."""
    with drawing(path, 11.0, 3.6) as figure:
        for axes, (title, rows) in zip(figure.subplots(1, len(panels)), panels.items(), strict=True):
            bars(axes, rows)
            axes.set_title(title)


def bars(axes: Axes, rows: Rows) -> None:
    """Draw medians with the range from the 20th to the 80th percentile, each with its number."""
    names = [row["contender"] + (" (kept)" if row["memory"] == "kept" else "") for row in rows]
    medians, p20, p80 = ([float(row[name]) for row in rows] for name in ("median_ms", "p20_ms", "p80_ms"))
    ranges = [
        [m - low for m, low in zip(medians, p20, strict=True)],
        [h - m for m, h in zip(medians, p80, strict=True)],
    ]
    colors = [BLUE if row["contender"] == "snnexp" else OTHERS for row in rows]
    axes.barh(names, medians, color=colors, height=0.6, xerr=ranges, error_kw={"ecolor": QUIET, "elinewidth": 1})
    for name, median, high in zip(names, medians, p80, strict=True):
        text = f"{median:.3g}" if median < 100 else f"{median:.0f}"
        axes.annotate(text, (high, name), (4, 0), textcoords="offset points", va="center", color=QUIET)
    axes.invert_yaxis()
    axes.margins(x=0.15)
    axes.set(xticks=[])
    axes.spines["bottom"].set_visible(False)
    axes.tick_params(axis="y", length=0)


def scaling(path: Path, sweeps: Mapping[str, Rows]) -> None:
    """Time above memory against each sweep's quantity, logarithmic; dotted: in proportion."""
    lines = [("median_ms", "", 1, "ms a step", BLUE), ("memory_reserved", "memory_allocated", 2**20, "MiB", ORANGE)]
    with drawing(path, 11.0, 5.6) as figure:
        grid = figure.subplots(2, len(sweeps), sharex="col", sharey="row", squeeze=False)
        for panels, (name, other, unit, text, color) in zip(grid, lines, strict=True):
            for axes, (sweep, rows) in zip(panels, sweeps.items(), strict=True):
                points = [(int(row[sweep]), float(row.get(name) or row[other]) / unit) for row in rows]
                growth(axes, points, color)
            panels[0].set_ylabel(text)
        for axes, sweep in zip(grid[0], sweeps, strict=True):
            axes.set_title(f"against {sweep}")


def growth(axes: Axes, points: Sequence[tuple[int, float]], color: str) -> None:
    """Draw points on logarithmic axes, and the line in proportion that ends in the last."""
    x, y = zip(*points, strict=True)
    axes.loglog(x, [y[-1] * each / x[-1] for each in x], ":", color=QUIET, linewidth=1)
    axes.loglog(x, y, "o-", color=color, linewidth=2, markersize=4)
    axes.set_xticks(x, [str(each) for each in x])
    axes.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axes.yaxis.set_major_formatter(StrMethodFormatter("{x:g}"))
    axes.minorticks_off()
    axes.grid(color=PALE)
