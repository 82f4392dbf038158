"""Memory of the tensors that a computation makes, found in a fraction of its time: convolutions are not computed."""

import weakref
from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_iter

ATEN = torch.ops.aten


class Allocations(TorchDispatchMode):
    """Within the block, bytes of the storages that were made there and are alive: `now`, and at most `peak`.

    Convolutions, forward and backward, give zeros of the right shape and layout, so that a step costs no arithmetic
    worth mentioning; all else is computed as it is. What a library takes for itself and gives back is not seen.
    """

    def __init__(self) -> None:
        super().__init__()
        self.now = self.peak = 0
        self.known: set[int] = set()

    @classmethod
    def _should_skip_dynamo(cls) -> bool:
        return False  # else torch imports its compiler for the first operator, which takes a second

    def __torch_dispatch__(self, func: Any, types: Any, args: Sequence[Any] = (), kwargs: Any = None) -> Any:
        if func in STAND_INS and not args[TRANSPOSED[func]]:
            with self:
                return STAND_INS[func](*args)
        found = func(*args, **(kwargs or {}))
        for each in tree_iter(found):
            if isinstance(each, Tensor):
                self.see(each.untyped_storage())
        return found

    def see(self, storage: torch.UntypedStorage) -> None:
        """Count a storage until it is gone."""
        key, size = storage._cdata, storage.nbytes()
        if key not in self.known:
            self.known.add(key)
            self.now += size
            self.peak = max(self.peak, self.now)
            weakref.finalize(storage, self.forget, key, size)

    def forget(self, key: int, size: int) -> None:
        """Take a storage out of the count."""
        self.known.discard(key)
        self.now -= size


def convolution(
    x: Tensor,
    weight: Tensor,
    bias: Tensor | None,
    stride: Sequence[int],
    padding: Sequence[int],
    dilation: Sequence[int],
    *_: Any,
) -> Tensor:
    """Return zeros in place of `torch.convolution`, which copies an input whose layout is not what it computes in."""
    layout = layout_of(x, weight)
    _laid_out = x.contiguous(memory_format=layout)
    sizes = zip(x.shape[2:], weight.shape[2:], stride, padding, dilation, strict=True)
    space = [(n + 2 * pad - spread * (k - 1) - 1) // step + 1 for n, k, step, pad, spread in sizes]
    return torch.empty((x.shape[0], weight.shape[0], *space), dtype=x.dtype, memory_format=layout).zero_()


def convolution_backward(
    g: Tensor, x: Tensor, weight: Tensor, bias_sizes: Sequence[int] | None, *rest: Any
) -> tuple[Tensor | None, ...]:
    """Return zeros in place of a convolution's gradients."""
    layout, (of_x, of_weight, of_bias) = layout_of(x, weight), rest[-1]
    _laid_out = g.contiguous(memory_format=layout), x.contiguous(memory_format=layout)
    dx = torch.empty(x.shape, dtype=x.dtype, memory_format=layout).zero_() if of_x else None
    bias = weight.new_zeros(bias_sizes) if of_bias and bias_sizes is not None else None
    return dx, torch.zeros_like(weight) if of_weight else None, bias


def layout_of(x: Tensor, weight: Tensor) -> torch.memory_format:
    """Return the layout in which a convolution computes: channels last where one of the two has it."""
    is_last = x.dim() == 4 and any(t.stride(1) == 1 and t.stride(3) >= t.shape[1] for t in (x, weight))
    return torch.channels_last if is_last else torch.contiguous_format


STAND_INS: dict[Any, Callable[..., Any]] = {
    ATEN.convolution.default: convolution,
    ATEN.convolution_backward.default: convolution_backward,
}
TRANSPOSED = {ATEN.convolution.default: 6, ATEN.convolution_backward.default: 7}  # where the argument stands
