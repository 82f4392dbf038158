"""What every spiking layer has in common: its place in the network and the record it leaves."""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal, NamedTuple

from jaxtyping import Float
from torch import Tensor, nn

from snnexp.ops.lif import LifOutput
from snnexp.ops.lif.base import MEASURING

Role = Literal["stem", "inner", "attention", "output", "head"]


@dataclass(frozen=True)
class Site:
    """Where a spiking layer stands: `index` counts spiking layers from 0 in forward order.

    `role`: stem (before the blocks), inner (within a block), attention (behind a product or a sum of spikes), output (a
    block's last), head (after the last pooling).
    """

    name: str
    index: int
    channels: int
    T: int
    role: Role


class Record(NamedTuple):
    """One layer's statistics in one forward pass; `x`, `v_pre` and `spikes` only where a regularizer needs them.

    `potential` is that of `LifOutput`; spikes are 0 and 1 where it `is_binary`.
    """

    site: Site
    firing_rate: Float[Tensor, ""]
    quantization_error: Float[Tensor, ""]
    quantization_error_rectified: Float[Tensor, ""] | None
    neurons: int
    x: Float[Tensor, "S N *feat"] | None = None
    v_pre: Float[Tensor, "T N *feat"] | None = None
    spikes: Float[Tensor, "T N *feat"] | None = None
    potential: Float[Tensor, "3"] | None = None
    is_binary: bool = True


TENSORS = frozenset({"x", "v_pre", "spikes"})  # what the records may hold on request


@dataclass
class Recorder:
    """Collects the records of one forward pass; `needs` names the tensors they must hold."""

    needs: frozenset[str] = frozenset()
    records: list[Record] = field(default_factory=list)


RECORDER: ContextVar[Recorder | None] = ContextVar("recorder", default=None)


@contextmanager
def recording(needs: frozenset[str] = frozenset()) -> Iterator[list[Record]]:
    """Append each spiking layer's `Record` to the list within the block, in forward order."""
    recorder = Recorder(needs)
    token, measuring = RECORDER.set(recorder), MEASURING.set(True)
    try:
        yield recorder.records
    finally:
        MEASURING.reset(measuring)
        RECORDER.reset(token)


class SpikingLayer(nn.Module, ABC):
    """The neurons of a site: spikes of an input current, from a state that begins again in each forward pass.

    A neuron derives from one of `snnexp.neurons.layers`, or overrides `fire`. `v_threshold` is what its potential is
    compared with. `levels` are the least and the largest spike; one whose least is -1 fires it below -v_threshold.
    """

    v_threshold: float
    levels: tuple[int, int] = 0, 1
    lif_fire: ClassVar[Any] = NotImplemented  # the `fire` of the LIF operator, where there is one

    def __init__(self, site: Site) -> None:
        super().__init__()
        self.site = site

    @abstractmethod
    def fire(self, x: Float[Tensor, "S N *feat"], *, T: int | None, return_v_pre: bool) -> LifOutput:
        """Compute spikes of the current x and their statistics; a static current of one step is given with `T`."""

    @property
    def is_lif(self) -> bool:
        """Whether it computes the LIF operator and no more: only then may it fuse with a norm.

        Neither a subclass nor anyone later then replaced `forward` or `fire`.
        """
        own = getattr(self.forward, "__func__", None), getattr(self.fire, "__func__", None)
        return own == (SpikingLayer.forward, type(self).lif_fire)

    def forward(self, x: Float[Tensor, "S N *feat"], **options: Any) -> Float[Tensor, "T N *feat"]:
        """Compute spikes of the current x, and leave a record where one is requested; `options` are those of `fire`.

        An x of one step stands for as many equal ones as the site has.
        """
        T = self.site.T if x.shape[0] == 1 < self.site.T else None
        recorder = RECORDER.get()
        needs = recorder.needs if recorder else frozenset()
        out = self.fire(x, T=T, return_v_pre="v_pre" in needs, **options)
        if recorder is not None:
            tensors = x if "x" in needs else None, out.v_pre, out.spikes if "spikes" in needs else None
            statistics = out.firing_rate, out.quantization_error, out.quantization_error_rectified
            more = *tensors, out.potential, self.levels == (0, 1)
            recorder.records.append(Record(self.site, *statistics, x[0, 0].numel(), *more))
        return out.spikes


class Fires(nn.Module):
    """A module that gives the spikes of its `neuron`, which may run as one operator with what stands before it."""

    neuron: SpikingLayer
