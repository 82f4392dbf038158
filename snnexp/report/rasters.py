"""Rasters of the first test sample, a panel for each group that was measured."""

from collections.abc import Iterator, Sequence

from snnexp.metrics.sample import Sample
from snnexp.report.base.measured import MOST
from snnexp.report.base.panels import Axis, Curve, Panel, Tick, points
from snnexp.report.base.runs import Group


def rasters(groups: Sequence[Group]) -> list[Panel]:
    """Draw what the network of each group did with the sample: a band for each layer, a row for each neuron."""
    found = [(group, group.measured.sample) for group in groups if group.measured][:MOST]
    names = [f"{group.name}: " if len(groups) > 1 else "" for group, _ in found]
    return [panel(group, f"{name}{sample.title}", sample) for name, (group, sample) in zip(names, found, strict=True)]


def panel(group: Group, title: str, sample: Sample) -> Panel:
    """Return one group's raster, the first layer on top."""
    count = len(sample.spikes)
    x, y = Axis(0.5, sample.T + 0.5), Axis(0.0, float(count))
    names = tuple(Tick(round(100 * y.share(count - band - 0.5), 2), name) for band, name in enumerate(sample.spikes))
    curve = Curve(group, "spikes", points(x, y, places(sample)))
    return Panel(title, (curve,), x.ticks(least=1.0), names)


def places(sample: Sample) -> Iterator[tuple[float, float]]:
    """Yield each spike's step and height."""
    most = max(map(len, sample.spikes.values()))
    for band, rows in enumerate(sample.spikes.values()):
        for neuron, fired in enumerate(rows):
            height = len(sample.spikes) - band - 0.1 - 0.8 * (neuron + 0.5) / most
            yield from ((step, height) for step in fired)
