"""Pictures of a finished run, or of two side by side: what `snnexp plot` draws."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from snnexp.config.overrides import overridden
from snnexp.errors import UserError
from snnexp.files import atomic
from snnexp.metrics.firing_maps import FiringMaps
from snnexp.metrics.raster import spread
from snnexp.plots.bars import layer_bars
from snnexp.plots.curves import learning_curves
from snnexp.plots.firing import Channel, firing_maps
from snnexp.plots.histograms import histograms
from snnexp.runs import finished, history, results
from snnexp.training.measurement import Measurement, measure

CHANNELS, STEPS, GRID = 6, 6, 6  # how many of a layer are drawn, and the least size of its maps where there is a choice


@dataclass(frozen=True)
class Drawn:
    """What the pictures show of a run: what it wrote, and what its network does on the test set."""

    folder: Path
    result: results.Result
    rows: list[history.Row]
    measured: Measurement

    def channel(self, layer: str, channel: int, steps: Sequence[int]) -> Channel:
        """Return a channel with its maps at `steps`."""
        drawn = self.measured.maps.mean(layer)[list(steps), channel].tolist()
        kinds = self.measured.maps.kinds(layer)
        own = self.measured.histogram(layer, channel)
        return Channel(f"channel {channel}", own, drawn, [kinds[t][channel] for t in steps])


def draw(
    folders: Sequence[Path], layer: str | None, overrides: list[str], allow_modules: tuple[str, ...] = ()
) -> Iterator[Path]:
    """Draw a run, or two that are compared, into the first one's folder; yields each picture's path when it is there.

    Raises:
        UserError: a run that has not finished, runs of different layers, or no such layer.
    """
    drawn = [read(folder, overrides, allow_modules) for folder in folders]
    runs = dict(zip(names(drawn), drawn, strict=True))
    if [*drawn[-1].measured.thresholds] != [*drawn[0].measured.thresholds]:
        raise UserError(f"{folders[-1]}: its layers are not those of {folders[0]}; draw each by itself")
    chosen = choose(drawn[0].measured.maps, layer)
    behind = f"-{folders[1].name}" if len(folders) > 1 else ""
    figures = atomic.subfolder(folders[0], "figures")
    for name, picture in PICTURES.items():
        path = figures / f"{name}{behind}.png"
        picture(path, runs, chosen)
        yield path


def curves(path: Path, runs: Mapping[str, Drawn], _: str) -> None:
    """Draw learning curves."""
    learning_curves(path, {name: run.rows for name, run in runs.items()})


def layers(path: Path, runs: Mapping[str, Drawn], _: str) -> None:
    """Draw firing rate and quantization error of each layer."""
    layer_bars(path, {name: run.result["layers"] for name, run in runs.items()})


def potentials(path: Path, runs: Mapping[str, Drawn], _: str) -> None:
    """Draw histograms of each layer's potential and current."""
    histograms(path, {name: run.measured.histograms() for name, run in runs.items()})


def maps(path: Path, runs: Mapping[str, Drawn], layer: str) -> None:
    """Draw firing maps of some channels of a layer that every run has, from the first's busiest to its quietest."""
    means = [run.measured.maps.mean(layer) for run in runs.values()]
    T, width = (min(mean.shape[axis] for mean in means) for axis in (0, 1))
    busiest = means[0][:T, :width].mean((0, 2, 3)).argsort(descending=True).tolist()
    channels, steps = spread(busiest, CHANNELS), spread(range(T), STEPS)
    firing_maps(path, {n: [run.channel(layer, c, steps) for c in channels] for n, run in runs.items()}, steps, layer)


PICTURES = {"curves": curves, "layers": layers, "potentials": potentials, "firing_maps": maps}


def read(folder: Path, overrides: list[str], allow_modules: tuple[str, ...] = ()) -> Drawn:
    """Read a run's result and epochs, and measure what its network does."""
    run = finished.read(folder)
    return Drawn(folder, run.result, run.rows, measure(run, overrides, allow_modules))


def names(drawn: Sequence[Drawn]) -> list[str]:
    """Name each run by experiment and seed; where these are not unique its own choices of parts, or its folder."""
    short = [f"{run.result['exp']} s{run.result['seed']}" for run in drawn]
    parts = [[word for word in run.result["overrides"] if "." not in overridden(word)] for run in drawn]
    own = [[word for word in words if not all(word in other for other in parts)] for words in parts]
    long = [" ".join([name, *words]) for name, words in zip(short, own, strict=True)]
    unique = (names for names in (short, long) if len(set(names)) == len(names))
    return next(unique, [run.folder.name for run in drawn])


def choose(maps: FiringMaps, layer: str | None) -> str:
    """Choose the layer to draw: the requested one, or the last with maps of 6x6 or more, or else the first.

    Raises:
        UserError: no such layer.
    """
    if layer is not None and layer not in maps.spikes:
        raise UserError(f"--layer {layer}: no such layer with maps; there are {', '.join(maps.spikes)}")
    large = [name for name, total in maps.spikes.items() if min(total.shape[-2:]) >= GRID]
    return layer or [*maps.spikes, *large][-1 if large else 0]
