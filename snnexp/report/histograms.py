"""Histograms of each layer's membrane potential before reset, of groups whose potentials were measured."""

from collections.abc import Sequence

from snnexp.metrics.histogram import Histogram
from snnexp.report.base.measured import MOST
from snnexp.report.base.panels import Axis, Curve, Panel, stairs
from snnexp.report.base.runs import Group


def histograms(groups: Sequence[Group]) -> list[Panel]:
    """Return a panel for each layer; of each group the first run that was measured."""
    measured = [(group, group.measured.layers) for group in groups if group.measured][:MOST]
    names = dict.fromkeys(name for _, layers in measured for name in layers)
    return [panel(name, [(group, layers[name]) for group, layers in measured if name in layers]) for name in names]


def panel(name: str, drawn: Sequence[tuple[Group, Histogram]]) -> Panel:
    """Return one layer: an outline for each group, and where there is but one, its input current as well."""
    first = drawn[0][1]
    x, alone = Axis(first.low, first.high), len(drawn) == 1
    y = Axis.over(value for _, each in drawn for value in (*each.v_pre, *(each.x if alone else ())))
    kind = "area" if alone else "outline"
    curves = [Curve(group, kind, stairs(y, each.v_pre)) for group, each in drawn]
    curves += [Curve(group, "current", stairs(y, each.x)) for group, each in drawn if alone]
    marks = {each.v_threshold for _, each in drawn}
    mark = round(100 * x.share(marks.pop()), 2) if len(marks) == 1 else None
    return Panel(name, tuple(curves), x.ticks(), mark=mark)
