"""`snnexp show`: an experiment's network and its costs, before any data are opened."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from snnexp.config.arguments import Parser
from snnexp.errors import UserError

if TYPE_CHECKING:
    from snnexp.training.outline import Layer, Outline, StepMemory

HELP = """\
usage: snnexp show [KEY=VALUE ...] [--config-dir DIR] [--allow-module M]

Shows the network of an experiment before any data are opened: its layers with their shapes, parameters, neurons and
operations (multiply-accumulates of one sample over all steps, products with 0 among them), and the memory that a
training step takes on a CPU. A GPU takes less where layers fuse.

options:
  --config-dir DIR    a folder of your own configs, searched after ours
  --allow-module M    a module of your own whose parts the config may name (may be repeated)

examples:
  snnexp show exp=rmp_cifar10
  snnexp show exp=rmp_cifar10 backbone=resnet19 trainer.batch_size=64
"""
HEADINGS = ("layer", "what", "steps", "shape", "parameters", "neurons", "operations")
SIDES = "<<><>>>"  # to which side a column is set


def main(arguments: list[str]) -> int:
    """Print an experiment's layers and costs.

    Raises:
        UserError: anything wrong in the words, or data of one's own, which name the classes, are missing.
    """
    parser = Parser()
    parser.own_configs()
    given, names, overrides = parser.parse_words(arguments)
    if names:
        raise UserError(f"{names[0]}: show takes KEY=VALUE, as in `snnexp show exp=rmp_cifar10`")
    from snnexp.config.compose import compose  # late: imports Hydra

    composed = compose(overrides, given.config_dir, tuple(given.allow_modules))
    from snnexp.training.outline import outline  # late: imports torch

    print("\n".join(lines(outline(composed))))
    return 0


def lines(found: Outline) -> Iterator[str]:
    """Yield the layers as a table, and the totals."""
    rows = [HEADINGS, *map(cells, found.layers)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        yield "  ".join(f"{text:{side}{width}}" for text, side, width in zip(row, SIDES, widths, strict=True)).rstrip()
    neurons, operations = (sum(getattr(each, name) for each in found.layers) for name in ("neurons", "operations"))
    yield ""
    yield f"{'network':<12}{found.network}, T={found.T}"
    yield f"{'parameters':<12}{found.parameters:,}"
    yield f"{'neurons':<12}{neurons:,}"
    yield f"{'operations':<12}{operations / 1e6:,.1f} M multiply-accumulates of one sample, products with 0 among them"
    yield f"{'memory':<12}{in_words(found.memory)}"


def cells(layer: Layer) -> tuple[str, ...]:
    """Return a layer's line; what it has none of stays empty."""
    counts = (f"{count:,}" if count else "" for count in (layer.parameters, layer.neurons, layer.operations))
    return (layer.name, layer.kind, str(layer.steps), "x".join(map(str, layer.shape)), *counts)


def in_words(memory: StepMemory) -> str:
    """Return the memory of a step, and what it is for."""
    total = memory.weights + memory.activations + (memory.optimizer or 0)
    state = "the optimizer's state not known" if memory.optimizer is None else f"optimizer {size(memory.optimizer)}"
    parts = f"weights {size(memory.weights)}, {state}, activations and gradients {size(memory.activations)}"
    return f"{size(total)} for the tensors of a step of {memory.samples} samples on a CPU: {parts}"


def size(count: int) -> str:
    """Write bytes in MiB, or in GiB where these are many."""
    return f"{count / 2**20:,.1f} MiB" if count < 2**30 else f"{count / 2**30:,.2f} GiB"
