"""What all pictures have in common: colours, letters, and the file they end in."""

from bisect import bisect, bisect_left
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import Any

from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from snnexp.files import atomic
from snnexp.metrics.histogram import Histogram

INK, QUIET, PALE, BLUE, ORANGE = "#222222", "#6b6b6b", "#ececec", "#2166ac", "#d6752a"
RUNS = (BLUE, ORANGE)  # the colour of each run that is drawn
STYLE: dict[Any, Any] = {
    "font.size": 10,
    "text.color": INK,
    "axes.labelcolor": QUIET,
    "xtick.color": QUIET,
    "ytick.color": QUIET,
    "axes.edgecolor": "#c4c4c4",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.titlelocation": "left",
    "axes.titlesize": 11,
    "axes.axisbelow": True,
}


@contextmanager
def drawing(path: Path, width: float, height: float) -> Iterator[Figure]:
    """Give a figure of a size in inches, written to `path` at the end of the block."""
    with rc_context(STYLE):
        figure = Figure(figsize=(width, height), layout="constrained")
        yield figure
        data = BytesIO()
        figure.savefig(data, format="png", dpi=130, metadata={"Software": None})
        path.parent.mkdir(parents=True, exist_ok=True)
        atomic.write(path, data.getbuffer())


def bare(axes: Axes) -> None:
    """Leave neither frame nor ticks."""
    axes.set(xticks=[], yticks=[])
    axes.spines[:].set_visible(False)


def histogram(axes: Axes, drawn: Histogram, top: float) -> None:
    """Draw v_pre as an area up to `top`, another colour where the neuron fires; lines: current and thresholds."""
    bins = len(drawn.v_pre)
    edges = [drawn.low + (drawn.high - drawn.low) * i / bins for i in range(bins + 1)]
    fires = max(bisect(edges, drawn.v_threshold) - 1, 0)  # the first bin that reaches above the threshold
    silent = bisect_left(edges, -drawn.v_threshold) if drawn.is_signed else 0  # the first that does not fire -1
    for start, end, color in ((0, silent, ORANGE), (silent, fires, BLUE), (fires, bins, ORANGE)):
        axes.stairs(drawn.v_pre[start:end], edges[start : end + 1], fill=True, color=color)
    axes.stairs(drawn.x, edges, color=QUIET, linewidth=0.8)
    for threshold in (drawn.v_threshold, -drawn.v_threshold)[: 1 + drawn.is_signed]:
        axes.axvline(threshold, color=INK, linewidth=1, linestyle=(0, (4, 2)))
    axes.set(xlim=(drawn.low, drawn.high), ylim=(0, 1.05 * top or 1), yticks=[])
    axes.spines["left"].set_visible(False)
