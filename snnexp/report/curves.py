"""Learning curves of groups: the mean over seeds, and thinner each seed's own."""

from collections.abc import Iterator, Mapping, Sequence
from statistics import fmean

from snnexp.metrics import figures
from snnexp.metrics.base.figure import Figure
from snnexp.report.base.panels import Axis, Curve, Panel, line
from snnexp.report.base.runs import Group
from snnexp.runs.history import Row


def curves(groups: Sequence[Group]) -> list[Panel]:
    """Return a panel for each figure that a run has; none before the first epoch."""
    rows = [row for group in groups for run in group.runs for row in run.rows]
    there = {key for row in rows for key in row}
    return [panel(groups, rows, each) for each in figures.curves() if there & {*each.lines.values()}]


def panel(groups: Sequence[Group], rows: Sequence[Row], figure: Figure) -> Panel:
    """Return one figure of all groups by epoch, up to the last one that there will be."""
    factor, keys = figure.scale, figure.lines
    y = Axis.over((factor * row[key] for row in rows for key in keys.values() if key in row), zero=factor == 1)
    x = Axis(0.9, max(run.epochs for group in groups for run in group.runs) + 0.1)
    drawn = [curve for group in groups for curve in of_group(group, factor, keys, x, y)]
    return Panel(figure.caption, tuple(drawn), x.ticks(least=1.0), y.ticks())


def of_group(group: Group, factor: int, keys: Mapping[str, str], x: Axis, y: Axis) -> Iterator[Curve]:
    """Yield a group's lines: each seed's, where there are several, their mean over common epochs, and training."""
    for lines, key in keys.items():
        kind = "training" if lines == "training" else "mean"
        series = [{row["epoch"] + 1: factor * row[key] for row in run.rows if key in row} for run in group.runs]
        series = [values for values in series if values]
        if len(series) > 1 and kind == "mean":
            for values in series:
                yield Curve(group, "seed", line(x, y, values.items()))
        if series:
            shared = [epoch for epoch in series[0] if all(epoch in values for values in series)]
            means = [(epoch, fmean(values[epoch] for values in series)) for epoch in shared]
            yield Curve(group, kind, line(x, y, means))
