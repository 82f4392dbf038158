"""Which layers and neurons stand in a raster of one sample, and when they fire."""

from collections.abc import Mapping, Sequence
from typing import TypeVar

from jaxtyping import Shaped
from torch import Tensor

NEURONS, BANDS = 12, 8  # of a layer, and layers, that a raster shows
Item = TypeVar("Item")
Spikes = Shaped[Tensor, "T N *feat"]


def raster(spikes: Mapping[str, Spikes]) -> dict[str, list[list[int]]]:
    """Return the steps, from 1 on, in which neurons fire for the first sample: of some layers, of each some neurons.

    Layers are taken at equal distances, neurons as `busiest` takes them; a spike of -1, or several in a step, is one.
    """
    chosen = {name: spikes[name] for name in spread([*spikes], BANDS)}
    return {name: [steps(each, neuron) for neuron in busiest(each)] for name, each in chosen.items()}


def busiest(spikes: Spikes, most: int = NEURONS) -> list[int]:
    """Choose at most so many neurons of those that fire in the first sample, from the busiest to the quietest."""
    counts = spikes[:, 0].flatten(1).abs().sum(0)
    firing = counts.argsort(descending=True, stable=True)[: int((counts > 0).sum())].tolist()
    return spread(firing, most) if firing else []


def steps(spikes: Spikes, neuron: int) -> list[int]:
    """Return the steps in which a neuron fires for the first sample, counted from 1."""
    return (spikes[:, 0].flatten(1)[:, neuron].nonzero().flatten() + 1).tolist()


def spread(indices: Sequence[Item], count: int) -> list[Item]:
    """Take at most `count` of them at equal distances, the first and the last among them."""
    last = len(indices) - 1
    return [indices[i] for i in sorted({round(k * last / (count - 1)) for k in range(count)})]
