"""The experiments from Python, as in a notebook: what `from snnexp import compose, train, load, lif` gives."""

from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

from jaxtyping import Float
from torch import Tensor, nn

from snnexp.config import compose as config
from snnexp.config.overrides import value_of
from snnexp.errors import UserError
from snnexp.ops.lif import Constants, LifOutput, Rectifier
from snnexp.ops.lif import lif as operator
from snnexp.ops.lif.stream import stream
from snnexp.runs.status import find
from snnexp.surrogates.base import Surrogate
from snnexp.training import assembly, run, trained
from snnexp.training.trained import Trained


@dataclass(frozen=True)
class Experiment:
    """A composed and checked config, whose network can be built."""

    composed: config.Composed

    @property
    def config(self) -> dict[str, Any]:
        """Every key with its value."""
        return self.composed.config

    def network(self) -> nn.Module:
        """Make the network with its first weights, drawn from the seed, on the CPU; it takes `[N, C, H, W]` or frames.

        Raises:
            UserError: constants that do not go together, or data of one's own, which name the classes, are missing.
        """
        dataset = assembly.describe_dataset(self.composed)
        return assembly.make_network(self.composed, dataset, assembly.make_regularizers(self.composed))


def compose(*overrides: str, config_dir: str | None = None, allow_modules: tuple[str, ...] = ()) -> Experiment:
    """Compose an experiment from names and values, as `snnexp train` does: `compose("exp=rmp_cifar10", "T=2")`.

    Raises:
        UserError: anything wrong in them, in one line with the remedy.
    """
    return Experiment(config.compose([*overrides], config_dir, allow_modules))


def train(*overrides: str, config_dir: str | None = None, allow_modules: tuple[str, ...] = ()) -> Trained:
    """Train as `snnexp train` does with these words, in this process, and load the run; a finished one is only loaded.

    Raises:
        UserError: anything wrong in the words or the data, or more than one process requested.
        RunError: the run cannot continue.
    """
    composed = config.compose([*overrides], config_dir, allow_modules)
    if (nproc := composed.config["launch"]["nproc"]) > 1:
        raise UserError(f"launch.nproc={nproc}: Python trains in one process; use `snnexp train`, then load the run")
    return trained.load(Path(run.train(composed)["folder"]), allow_modules=allow_modules)


def load(name: str | Path, *overrides: str, allow_modules: tuple[str, ...] = ()) -> Trained:
    """Load a finished run by its folder, or the beginning of the folder's name below `runs_dir=`, with `device=` given.

    Raises:
        UserError: no such run, or files that are not its own.
    """
    folder = find(str(name), value_of(overrides, "runs_dir", "runs"))
    return trained.load(folder, [*overrides], allow_modules)


def lif(
    x: Float[Tensor, "S N *feat"],
    *,
    surrogate: Surrogate | None = None,
    rectifier: Rectifier | None = None,
    T: int | None = None,
    v: Float[Tensor, "N *feat"] | None = None,
    return_v_pre: bool = False,
    **constants: Any,
) -> LifOutput:
    """Compute LIF neurons over the steps of x, or with `T` over T steps of equal current; x and decay get gradients.

    Constants that are not given are those of `neuron=lif` and its surrogate; `snnexp.ops.lif.Constants` has their
    names, `snnexp.ops.lif.reference.lif` the equations. With a potential `v` to begin from, the output's `v` is the one
    to go on from.

    Raises:
        ValueError: constants that do not go together, or a v that has not the shape of one step.
    """
    neuron, own = defaults()
    given = replace(neuron, **constants), surrogate or own, rectifier
    if v is not None:
        return stream(x, v, *given, T=T, return_v_pre=return_v_pre)
    return operator(x, *given, T=T, return_v_pre=return_v_pre)


@cache
def defaults() -> tuple[Constants, Surrogate]:
    """Return the constants of the neuron that `snnexp train` takes by itself, and its surrogate."""
    composed = config.compose(["neuron=lif"])
    constants = {name: value for name, value in composed.config["neuron"].items() if name != "_target_"}
    return Constants(**constants), assembly.part(composed, "surrogate")
