"""`snnexp bench beside`: training steps of two trainings at once on the same cores, beside those of one alone."""

from collections.abc import Iterator
from dataclasses import replace

from snnexp.bench.base import BenchRow, Recipe, compete
from snnexp.bench.base.steps import OURS
from snnexp.config.compose import compose
from snnexp.training import assembly

TWO = replace(OURS, name="snnexp, two at once", copies=2)
SPIN = 300_000  # turns, what libgomp takes by default
CONTENDERS = [OURS, replace(OURS, name="snnexp, spin unbounded", spin=SPIN), TWO]
RECIPES = {"digits": (), "nmnist_vanilla": ("exp=nmnist_vanilla",)}


def measure(device: str, quick: bool) -> Iterator[BenchRow]:
    """Yield each recipe alone, alone with libgomp's own spin, and twice at once, of which the slower counts."""
    cases = (recipe(name, (*overrides, f"device={device}")) for name, overrides in RECIPES.items())
    often = {"rounds": 2 if quick else 40, "repeats": 1 if quick else 2}
    yield from compete("beside", CONTENDERS, cases, warmups=3, **often)


def recipe(name: str, overrides: tuple[str, ...]) -> Recipe:
    """Return the case of an experiment."""
    composed = compose([*overrides])
    dataset = assembly.part(composed, "dataset")
    features = dataset.in_channels, *dataset.size
    sizes = {"T": composed.config["T"], "N": composed.config["trainer"]["batch_size"], "features": features}
    columns = {"device": composed.config["device"], "dtype": "float32", "static": dataset.static}
    return Recipe(name=name, overrides=overrides, **columns, **sizes)
