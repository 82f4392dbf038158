"""The processes that train one network together, each on a part of every batch."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from types import TracebackType
from typing import Any

import torch
import torch.distributed as dist
from torch import Tensor

from snnexp.errors import RunError, UserError
from snnexp.machine.launch import meeting, place


class Team:
    """The team of this process; within its block they are connected. Alone, nothing is sent."""

    def __init__(self, device: str) -> None:
        self.rank, local, self.size = place()
        self.device = torch.device(f"cuda:{local}" if device == "cuda" and self.size > 1 else device)
        if self.device.index is not None:
            torch.cuda.set_device(self.device)  # else what names no device, as streams and graphs, is of the first one

    def __enter__(self) -> "Team":
        if self.size > 1:
            # NCCL is given its device, else its first message would have to guess it.
            backend, device = ("nccl", self.device) if self.device.type == "cuda" else ("gloo", None)
            where = meeting()
            try:
                dist.init_process_group(backend, where, rank=self.rank, world_size=self.size, device_id=device)
            except (ValueError, RuntimeError) as error:
                said = str(error).partition("\n")[0]
                raise RunError(f"rank {self.rank}: no meeting of {self.size} processes at {where} ({said})") from error
        return self

    def __exit__(self, kind: type[BaseException] | None, _: BaseException | None, __: TracebackType | None) -> None:
        if self.size > 1:
            dist.destroy_process_group()

    def add_up(self, tensors: Iterable[Tensor]) -> None:
        """Make each tensor the sum of all processes', in one message for each dtype."""
        if self.size > 1:
            by_dtype = defaultdict(list)
            for each in tensors:
                by_dtype[each.dtype].append(each)
            for same in by_dtype.values():
                flat = torch.cat([each.reshape(-1) for each in same])
                self.send(flat)
                for each, total in zip(same, flat.split([one.numel() for one in same]), strict=True):
                    each.copy_(total.view(each.shape))

    def total(self, number: int) -> Tensor:
        """Return the sum of all processes' numbers, on the device."""
        total = torch.full((), number, dtype=torch.float64, device=self.device)
        self.send(total)
        return total

    def send(self, tensor: Tensor, operation: Any = dist.ReduceOp.SUM) -> None:
        """Reduce in place over all processes.

        Raises:
            RunError: another process is gone.
        """
        try:
            dist.all_reduce(tensor, operation)
        except RuntimeError as error:
            raise RunError(f"rank {self.rank}: another process is gone ({str(error).splitlines()[0]})") from error

    def largest(self, number: int) -> int:
        """Return the largest of all processes' numbers; waits for the device."""
        if self.size == 1:
            return number
        tensor = torch.tensor(number, device=self.device)
        self.send(tensor, dist.ReduceOp.MAX)
        return int(tensor)

    def first(self, function: Callable[[], Any]) -> Any:
        """Return what the first process's call returns; the others get a copy, or end with it."""
        if self.size == 1:
            return function()
        shared: list[Any] = [None, 0]
        try:
            shared[0] = function() if self.rank == 0 else None
        except (UserError, RunError) as error:
            shared[1] = 2 if isinstance(error, UserError) else 1
            raise
        finally:
            dist.broadcast_object_list(shared, device=self.device)
        if shared[1]:
            raise SystemExit(shared[1])
        return shared[0]
