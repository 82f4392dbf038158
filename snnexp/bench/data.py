"""`snnexp bench data`: samples a second that the loader of each recipe delivers."""

import logging
from collections.abc import Iterator

from snnexp.bench.base import BenchRow, Measured
from snnexp.bench.base.rows import environment, spread
from snnexp.bench.base.timing import seconds
from snnexp.config.compose import Composed, compose
from snnexp.config.places import options
from snnexp.errors import UserError
from snnexp.runs import versions
from snnexp.training import assembly, loading
from snnexp.training.contracts import Batches

log = logging.getLogger(__name__)
EPOCHS, SECONDS = 20, 5.0  # of one recipe, whichever is reached first


def measure(device: str, quick: bool) -> Iterator[BenchRow]:
    """Yield a row for each pair of data set and augmentation that an experiment trains with; missing data are said."""
    seen = set()
    for exp in ("", *options("exp")):
        composed = compose([f"device={device}", *filter(None, [exp and f"exp={exp}"])])
        recipe = name_of(composed)
        if recipe in seen:
            continue
        seen.add(recipe)
        try:
            dataset, trainer = assembly.make(composed)
            loader = loading.load(composed, dataset, trainer).train
        except UserError as error:
            log.warning("%s: left out, %s", recipe, error)
            continue
        yield row(composed, recipe, loader, 1 if quick else EPOCHS)


def name_of(composed: Composed) -> str:
    """Return the data set and the transforms of a case such as `cifar10 crop flip`."""
    dataset = composed.config["dataset"]["_target_"].split(".")[-2]
    return " ".join([dataset, *(key for key in composed.config["augment"] if key != "_target_")])


def row(composed: Composed, recipe: str, loader: Batches, epochs: int) -> BenchRow:
    """Time whole epochs, since batches are augmented many at once; the first epoch warms up."""
    device = composed.config["device"]
    x, _ = next(iter(loader.epoch(0)))
    took: list[float] = []
    for epoch in range(1 + epochs):
        took += seconds(lambda: exhaust(loader, epoch), device, 1)  # noqa: B023 - called at once
        if sum(took) > SECONDS:
            break
    measured = Measured(took[1:] or took, None)
    sizes = {
        "shape": "x".join(map(str, x.shape)),
        "T": composed.config["T"],
        "N": composed.config["trainer"]["batch_size"],
    }
    who = {"contender": "loader", "package": "snnexp", "version": versions.installed("snnexp"), "memory": "kept"}
    columns = environment(device) | who | sizes | spread(measured)
    rate = round(loader.samples / measured.median, 1)
    columns |= {"dtype": "float32", "layout": "contiguous", "samples_per_second": rate}
    return BenchRow(benchmark="data", case=recipe, **columns)


def exhaust(loader: Batches, epoch: int) -> None:
    """Read all batches of an epoch."""
    for _ in loader.epoch(epoch):
        pass
