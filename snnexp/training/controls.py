"""Controls of a trained network that train nothing: gates that get another sample's map, thresholds that are raised."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import replace
from typing import Any, Literal, get_args

import torch
from jaxtyping import Float, Int64
from torch import Tensor, nn

from snnexp.errors import UserError
from snnexp.metrics.figures import present
from snnexp.neurons.base import SpikingLayer
from snnexp.neurons.layers import LifLayer
from snnexp.regularizers.layers import MapConv
from snnexp.training.contracts import Batches
from snnexp.training.evaluation import measure
from snnexp.training.objective import Objective
from snnexp.training.run import opened

Maps = Literal["own", "other", "mean"]
MAPS = get_args(Maps)
Control = AbstractContextManager[None]
Stored = dict[str, Float[Tensor, "rows 1 H W"]]


@contextmanager
def with_maps(maps: Maps, objective: Objective, batches: Batches) -> Iterator[None]:
    """Give each gate the spatial maps of other samples within the block, in one pass over the same batches.

    The maps are those of a plain pass, taken before. `own` gives each sample's own again, `other` those of a sample of
    another class, each sample's once, and `mean` the mean over the set. All else a gate does, as ASA's choice of
    entries, stays the sample's own.

    Raises:
        UserError: no gate has spatial maps, or one class has more than half of the samples.
    """
    stored, y = noted(objective, batches)
    given = {"own": lambda each: each, "other": partly(partners(y)), "mean": mean}[maps]
    handles = [conv.register_forward_hook(giver(given(stored[name]))) for name, conv in convs(objective.network)]
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()


def convs(network: nn.Module) -> list[tuple[str, MapConv]]:
    """Find the convolutions behind which the maps are."""
    found = [(name, module) for name, module in network.named_modules() if isinstance(module, MapConv)]
    if not found:
        what = "no gate of this run has spatial maps; asa, random_split, spatial_attention and ma_snn have"
        raise UserError(f"--maps: {what}")
    return found


@torch.no_grad()
def noted(objective: Objective, batches: Batches) -> tuple[Stored, Int64[Tensor, " N"]]:
    """Store what stands before the sigmoid of each map, on the CPU, and the labels, in the order of the batches."""
    rows: dict[str, list[Tensor]] = {name: [] for name, _ in convs(objective.network)}
    objective.network.eval()
    labels = []
    with ExitStack() as hooks:
        for name, conv in convs(objective.network):
            hooks.callback(conv.register_forward_hook(keeper(rows[name])).remove)
        for x, y in batches.epoch(0):
            objective.predict(x, y)
            labels.append(y)
    return {name: torch.cat(each) for name, each in rows.items()}, torch.cat(labels).cpu()


def keeper(rows: list[Tensor]) -> Callable[..., None]:
    """Make a hook that appends what a module gives."""

    def keep(_: nn.Module, __: tuple[Any, ...], out: Tensor) -> None:
        rows.append(out.detach().cpu())

    return keep


def giver(rows: Float[Tensor, "rows 1 H W"]) -> Callable[..., Tensor]:
    """Make a hook that gives the next rows in place of what a module gives."""
    taken = 0

    def give(_: nn.Module, __: tuple[Any, ...], out: Tensor) -> Tensor:
        nonlocal taken
        taken += len(out)
        return rows[taken - len(out) : taken].to(out.device, out.dtype)

    return give


def partners(y: Int64[Tensor, " N"]) -> Int64[Tensor, " N"]:
    """Find for each sample one of another class, each once: in order of the classes, so many on as the largest has.

    Raises:
        UserError: one class has more than half of the samples.
    """
    order, largest = y.argsort(stable=True), int(y.bincount().max())
    if 2 * largest > len(y):
        raise UserError(f"--maps other: {largest} of {len(y)} samples are of one class; too few are of another")
    return torch.empty_like(order).scatter(0, order, order.roll(-largest))


def partly(samples: Int64[Tensor, " N"]) -> Callable[[Tensor], Tensor]:
    """Make a map from rows, as many a sample as it has clips, to those of the given samples."""
    return lambda rows: rows.unflatten(0, (len(samples), -1))[samples].flatten(0, 1)


def mean(rows: Float[Tensor, "rows 1 H W"]) -> Float[Tensor, "rows 1 H W"]:
    """Return the logit of the mean map in place of each."""
    return rows.double().sigmoid().mean(0, keepdim=True).logit().to(rows.dtype).expand_as(rows)


@contextmanager
def with_thresholds(factor: float, network: nn.Module) -> Iterator[None]:
    """Multiply each neuron's threshold within the block; norms and what a soft reset subtracts stay as trained.

    Raises:
        UserError: a neuron whose threshold is no constant of the LIF operator.
    """
    layers: Sequence[SpikingLayer] = [each for each in network.modules() if isinstance(each, SpikingLayer)]
    others = sorted({type(each).__name__ for each in layers if not isinstance(each, LifLayer)})
    if others:
        what = "is no constant of the LIF operator; lif, plif and sltt_lif have one"
        raise UserError(f"--thresholds: the threshold of {others[0]} {what}")
    trained = [(each, each.constants) for each in layers if isinstance(each, LifLayer)]
    try:
        for each, constants in trained:
            each.constants = replace(constants, v_threshold=factor * constants.v_threshold)
        yield
    finally:
        for each, constants in trained:
            each.constants = constants


def main(
    run: str, overrides: list[str], allow_modules: tuple[str, ...], maps: Maps | None, thresholds: Sequence[float]
) -> int:
    """Test a finished run under each control, and print a line for each: `snnexp eval` with one of these options.

    Raises:
        UserError: a factor that is not above 0, and what `opened`, `with_maps` and `with_thresholds` refuse.
    """
    for factor in thresholds:
        if not 0 < factor < float("inf"):
            raise UserError(f"--thresholds {factor:g}: must be above 0")
    _, _, trainer, test, last = opened(run, overrides, allow_modules)
    controls: dict[str, Control] = {
        f"threshold x {each:g}": with_thresholds(each, trainer.network) for each in thresholds
    }
    if maps is not None:
        controls[f"maps: {maps}"] = with_maps(maps, trainer.objective, test)
    for name, control in controls.items():
        with control:
            found = measure(trainer.objective, test, trainer.team, last)
        shown = [f"{figure.short} {figure.text(value)}" for figure, value in present(found) if figure.short]
        print(f"{name:<20}{', '.join(shown)}", flush=True)
    return 0
