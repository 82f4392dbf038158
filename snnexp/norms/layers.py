"""Batch norm over time, plain or scaled, on one process or over all that share a batch."""

from contextvars import ContextVar
from typing import Any

import torch
import torch.distributed as dist
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn
from torch.autograd.function import once_differentiable

from snnexp.errors import RunError
from snnexp.norms.base import Norm
from snnexp.ops import norm_lif
from snnexp.ops.layout import state_dtype
from snnexp.ops.lif import LifOutput

# Whether a forward pass is run again for the backward pass, and must leave nothing behind.
RECOMPUTING: ContextVar[bool] = ContextVar("recomputing", default=False)


class BatchNorm(Norm):
    """Batch norm over (T, N, H, W): y = gamma scale (x - mean) / sqrt(var + eps) + beta.

    An input of one step that stands for `copies` equal ones gives the same output, and the running variance takes the
    unbiased factor of all. Without `running` statistics those of the batch are used in evaluation too. A norm that
    derives from this one and has its own `forward` or `normalize` does not fuse with the neuron behind it.

    Raises:
        RunError: it is to take the statistics of one value a channel.
    """

    def __init__(
        self, channels: int, scale: float = 1.0, momentum: float = 0.1, eps: float = 1e-5, running: bool = True
    ) -> None:
        super().__init__()
        self.scale, self.momentum, self.eps = scale, momentum, eps
        self.synchronized = False
        self.weight = nn.Parameter(torch.ones(channels))
        self.bias = nn.Parameter(torch.zeros(channels))
        self.running_mean: Tensor | None
        self.running_var: Tensor | None
        self.register_buffer("running_mean", torch.zeros(channels) if running else None)
        self.register_buffer("running_var", torch.ones(channels) if running else None)

    @property
    def is_fixed(self) -> bool:
        """Whether it normalises by its running statistics."""
        return not self.training and self.running_mean is not None

    @property
    def is_plain(self) -> bool:
        """Whether neither a subclass nor anyone later replaced `forward` or `normalize`."""
        own = getattr(self.forward, "__func__", None), getattr(self.normalize, "__func__", None)
        return own == (BatchNorm.forward, BatchNorm.normalize)

    def forward(self, x: Float[Tensor, "S N C H W"], copies: int = 1) -> Float[Tensor, "S N C H W"]:
        mean, var = self.running_mean, self.running_var
        if var is not None and mean is not None and RECOMPUTING.get():
            mean, var = mean.clone(), var.clone()
        if self.synchronized and self.training:
            return self.over_all(x, mean, var, copies)
        if var is None or not (self.training and copies > 1):
            return self.normalize(x, mean, var)
        updated = var.clone()
        y = self.normalize(x, mean, updated)
        n = x.numel() // x.shape[2]
        unbiased = copies * (n - 1) / (copies * n - 1)  # (Tn / (Tn-1)) over the n / (n-1) that batch_norm applied
        kept = var * (1 - self.momentum)
        var.copy_(kept + (updated - kept) * unbiased)
        return y

    def normalize(
        self, x: Float[Tensor, "S N C H W"], mean: Float[Tensor, "C"] | None, var: Float[Tensor, "C"] | None
    ) -> Float[Tensor, "S N C H W"]:
        """Return y by the batch's statistics in training, which update the running ones, else by the running ones."""
        self.check(x)
        weight = self.weight if self.scale == 1 else self.weight * self.scale
        constants = self.training or var is None, self.momentum, self.eps
        y = F.batch_norm(x.flatten(0, 1), mean, var, weight, self.bias, *constants)
        return y.unflatten(0, x.shape[:2])

    def check(self, x: Float[Tensor, "S N C H W"]) -> None:
        """Refuse other channels, and statistics of one value a channel, which has no variance, nor have its copies."""
        if x.shape[2] != len(self.weight):
            raise RunError(f"batch norm of {len(self.weight)} channels cannot normalize {x.shape[2]}")
        if not self.is_fixed and x.numel() // x.shape[2] < 2:
            what = "batch norm: one sample whose map has one place has no variance"
            how = "choose trainer.batch_size and trainer.accumulate so that none is left alone"
            raise RunError(f"{what}; {how}, and with norm.running=false trainer.eval_batch_size, too")

    def over_all(
        self,
        x: Float[Tensor, "S N C H W"],
        mean: Float[Tensor, "C"] | None,
        var: Float[Tensor, "C"] | None,
        copies: int,
    ) -> Float[Tensor, "S N C H W"]:
        """Normalize as `forward` in training, by the statistics of the parts of a batch that all processes have.

        As in batch norm they are in float32 (float64), whatever autocast made of x; y is of the type of x.
        torch.nn.SyncBatchNorm refuses tensors on a CPU.
        """
        dims, shape = (0, 1, 3, 4), (-1, 1, 1)
        n = AddUp.apply(torch.full((), x.numel() // x.shape[2], dtype=torch.float64, device=x.device))
        wide = x.to(state_dtype(x))
        center = AddUp.apply(wide.sum(dims)) / n
        off = wide - center.view(shape)
        variance = AddUp.apply(off.square().sum(dims)) / n
        if mean is not None and var is not None:
            mean.lerp_(center.detach(), self.momentum)
            var.lerp_(variance.detach() * (copies * n / (copies * n - 1)), self.momentum)
        factor = self.weight * self.scale * torch.rsqrt(variance + self.eps)
        return (off * factor.view(shape) + self.bias.view(shape)).to(x.dtype)

    def lif(
        self,
        x: Float[Tensor, "S N C H W"],
        *neuron: Any,
        residual: Float[Tensor, "S N C H W"] | None,
        T: int | None,
        **options: Any,
    ) -> LifOutput:
        """Compute `Norm.lif` in one operator where there is one and this is all of the norm, on one process."""
        own = self.is_plain and not self.synchronized
        chosen = norm_lif.form(x.device.type, *map(type, neuron[1:])) if own else None
        options |= {"residual": residual, "T": T}
        out = None if chosen is None else chosen.norm_lif(x, *neuron, **self.numbers(x), **options)
        return super().lif(x, *neuron, **options) if out is None else out.lif

    def numbers(self, x: Float[Tensor, "S N C H W"]) -> dict[str, Any]:
        """Return what `norm_lif` is told of this norm."""
        self.check(x)
        given = running = None
        if self.running_mean is not None and self.running_var is not None:
            if not self.training:
                given = self.running_mean, torch.rsqrt(self.running_var + self.eps)
            elif not RECOMPUTING.get():
                running = norm_lif.Running(self.running_mean, self.running_var, self.momentum)
        affine = {"weight": self.weight, "bias": self.bias, "scale": self.scale, "eps": self.eps}
        return affine | {"statistics": given, "running": running}

    def extra_repr(self) -> str:
        return f"{len(self.weight)}, scale={self.scale}"


class AddUp(torch.autograd.Function):
    """The sum of a tensor over all processes, and of its gradient."""

    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        total = x.clone()
        dist.all_reduce(total)
        return total

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, *grads: Tensor) -> Tensor:
        total = grads[0].clone()
        dist.all_reduce(total)
        return total


def synchronize(network: nn.Module) -> None:
    """Make the network's norms take the statistics of all processes' parts of a batch."""
    for module in network.modules():
        if isinstance(module, BatchNorm):
            module.synchronized = True
