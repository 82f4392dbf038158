"""Figures of each spiking layer on the test set, from the first layer to the last."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from statistics import fmean

from snnexp.metrics.figures import DRAWN
from snnexp.report.base.panels import Axis, Curve, Panel, Tick, line
from snnexp.report.base.runs import Group


def profiles(groups: Sequence[Group]) -> list[Panel]:
    """Return a panel for each figure and network: groups share one whose layers have the same names."""
    networks = defaultdict(list)
    for group in groups:
        layers = [run.result["layers"] for run in group.runs if run.result]
        if layers:
            networks[tuple(layer["name"] for layer in layers[0])].append((group, layers))
    return [
        panel(figure.title, names, means)
        for names, found in networks.items()
        for figure in DRAWN
        if (means := by_group(found, figure.key))
    ]


def by_group(found: Iterable[tuple[Group, list[list[dict]]]], key: str) -> dict[int, tuple[Group, list[float]]]:
    """Return the means of the groups whose layers have a figure."""
    return {group.number: (group, mean(layers, key)) for group, layers in found if key in layers[0][0]}


def mean(runs: Sequence[Sequence[dict]], key: str) -> list[float]:
    """Return a figure of each layer, averaged over runs."""
    return [fmean(layer[key] for layer in layers) for layers in zip(*runs, strict=True)]


def panel(title: str, names: Sequence[str], means: dict[int, tuple[Group, list[float]]]) -> Panel:
    """Return a line for each group, with a point for each layer."""
    x, y = Axis(-0.5, len(names) - 0.5), Axis.over(value for _, values in means.values() for value in values)
    ticks = tuple(Tick(round(100 * x.share(i), 2), name) for i, name in enumerate(names))
    drawn = []
    for group, values in means.values():
        points = list(enumerate(values))
        dots = "".join(line(x, y, [point]) for point in points)
        drawn += [Curve(group, "layer", line(x, y, points)), Curve(group, "dots", dots)]
    return Panel(title, tuple(drawn), ticks, y.ticks())
