"""What is timed: one size of the operator, of a network's training step, of its evaluation, or of a reader."""

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import torch

DTYPES = {"float32": torch.float32, "bfloat16": torch.bfloat16}


@dataclass(frozen=True, kw_only=True)
class Case:
    """`name` is the column `case`; `dtype` is float32, or bfloat16 (of the operator's tensors, or by autocast)."""

    kind: ClassVar[str]
    name: str
    device: str
    dtype: str
    T: int
    N: int

    @property
    def torch_dtype(self) -> torch.dtype:
        """`dtype` as torch names it."""
        return DTYPES[self.dtype]

    def columns(self) -> dict[str, Any]:
        """Return the case's columns in a row."""
        return {"case": self.name, "dtype": self.dtype, "T": self.T, "N": self.N}


@dataclass(frozen=True, kw_only=True)
class LifCase(Case):
    """Forward and backward of the operator on `[T, N, C, H, W]`; `count`: such layers in the network of that name.

    With `norm`, batch norm stands before the neuron, and with `residual` a sum in between.
    """

    kind: ClassVar[str] = "lif"
    features: tuple[int, int, int]
    count: int = 1
    norm: bool = False
    residual: bool = False

    @property
    def shape(self) -> tuple[int, ...]:
        """`[T, N, C, H, W]`."""
        return self.T, self.N, *self.features

    @property
    def size(self) -> int:
        """Bytes of one tensor of the case's shape."""
        return math.prod(self.shape) * self.torch_dtype.itemsize

    @property
    def moved(self) -> int:
        """Bytes that a design without detours moves: it reads x, writes s; reads g and x, writes dx.

        Batch norm reads x once more in forward, and g and x once more in backward; a residual is read twice, and its
        gradient written. 10 bytes an element in bfloat16 for the neuron alone, 16 with batch norm.
        """
        return (5 + 3 * self.norm + 3 * self.residual) * self.size

    def columns(self) -> dict[str, Any]:
        layout = {"layout": "channels_last"} if self.norm else {}
        sizes = {"shape": "x".join(map(str, self.shape)), "neurons": math.prod(self.features), "count": self.count}
        return super().columns() | layout | sizes


@dataclass(frozen=True, kw_only=True)
class StepCase(Case):
    """A training step of `network` at its `width` on N images of 3 x `size` x `size`; `neurons` an image."""

    kind: ClassVar[str] = "step"
    network: str
    width: int
    size: int = 32
    neurons: int | None = None

    @property
    def shape(self) -> tuple[int, ...]:
        """`[N, 3, H, W]` of the images."""
        return self.N, 3, self.size, self.size

    def columns(self) -> dict[str, Any]:
        shape = "x".join(map(str, self.shape))
        return super().columns() | {"shape": shape, "width": self.width, "neurons": self.neurons}


@dataclass(frozen=True, kw_only=True)
class Inference(StepCase):
    """Logits of `network` in evaluation for the images of a `StepCase`."""

    kind: ClassVar[str] = "inference"


@dataclass(frozen=True, kw_only=True)
class Recipe(Case):
    """A training step of an experiment as its config has it, on random numbers in the place of its data.

    `features` is (C, H, W) of a sample, of each of its T frames unless it is `static`.
    """

    kind: ClassVar[str] = "recipe"
    overrides: tuple[str, ...]
    features: tuple[int, int, int]
    static: bool

    @property
    def shape(self) -> tuple[int, ...]:
        """`[N, C, H, W]` of images, `[T, N, C, H, W]` of frames."""
        return (self.N, *self.features) if self.static else (self.T, self.N, *self.features)

    def columns(self) -> dict[str, Any]:
        return super().columns() | {"shape": "x".join(map(str, self.shape))}


@dataclass(frozen=True, kw_only=True)
class Decode(Case):
    """N recordings of 40 bits an event, from their files to events in order; `sensor` is (H, W)."""

    kind: ClassVar[str] = "decode"
    paths: tuple[Path, ...]
    sensor: tuple[int, int]

    def columns(self) -> dict[str, Any]:
        return super().columns() | {"shape": "x".join(map(str, self.sensor))}
