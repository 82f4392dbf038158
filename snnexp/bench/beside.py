"""`snnexp bench beside`: training steps of two trainings at once on the same cores, beside those of one alone."""

from collections.abc import Iterator
from dataclasses import replace

from snnexp.bench.base import BenchRow, Contest, Recipe, rows
from snnexp.bench.base.options import keep, parse
from snnexp.bench.base.steps import OURS
from snnexp.config.compose import compose
from snnexp.training import assembly

TWO = replace(OURS, name="snnexp, two at once", copies=2)
SPIN = 300_000  # turns, what libgomp takes by default
CONTENDERS = [OURS, replace(OURS, name="snnexp, spin unbounded", spin=SPIN), TWO]
RECIPES = {"digits": (), "nmnist_vanilla": ("exp=nmnist_vanilla",)}


def main(arguments: list[str]) -> int:
    """Measure, print and store the rows."""
    given = parse(arguments)
    return keep(given, "beside", measure(given.device, given.quick))


def measure(device: str, quick: bool) -> Iterator[BenchRow]:
    """Yield each recipe alone, alone with libgomp's own spin, and twice at once, of which the slower counts."""
    with Contest(CONTENDERS, warmups=3, rounds=2 if quick else 40, repeats=1 if quick else 2) as contest:
        for name, overrides in RECIPES.items():
            case = recipe(name, (*overrides, f"device={device}"))
            yield from rows("beside", case, contest.measure(case))


def recipe(name: str, overrides: tuple[str, ...]) -> Recipe:
    """Return the case of an experiment."""
    composed = compose([*overrides])
    dataset = assembly.part(composed, "dataset")
    features = dataset.in_channels, *dataset.size
    sizes = {"T": composed.config["T"], "N": composed.config["trainer"]["batch_size"], "features": features}
    columns = {"device": composed.config["device"], "dtype": "float32", "static": dataset.static}
    return Recipe(name=name, overrides=overrides, **columns, **sizes)
