"""Notices NaN and infinity in a training step before they reach the weights, without waiting for the device."""

from collections.abc import Sequence

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from snnexp.errors import RunError


class NotFinite(RunError):
    """A step in which something was not finite; it left the weights as they were."""


class Watch:
    """Remembers the first step that was not finite, and where in it, on the device; numbers leave it when requested.

    It looks at norms, mean squares and maxima. After the first such step the following ones are left out too, unless it
    `goes_on`.
    """

    def __init__(self, device: torch.device, goes_on: bool) -> None:
        self.goes_on = goes_on
        self.names: list[str] = []
        self.step = torch.zeros((), dtype=torch.int64, device=device)  # that comes next
        self.first = torch.full_like(self.step, -1)  # that was not finite
        self.count = torch.zeros_like(self.step)  # of those since `begin`
        self.where = torch.zeros(0, dtype=torch.bool, device=device)

    def begin(self, step: int) -> None:
        """Watch from `step` on, counted from 0."""
        self.step.fill_(step)
        self.first.fill_(-1)
        self.count.zero_()

    def name(self, names: Sequence[str]) -> None:
        """Name the values that `look` is given."""
        self.names = list(names)
        self.where = torch.zeros(len(names), dtype=torch.bool, device=self.step.device)

    def look(self, values: Float[Tensor, " n"]) -> Bool[Tensor, ""]:
        """Return whether this step must leave no trace."""
        bad = ~torch.isfinite(values)
        found = bad.any()
        is_first = found & (self.first < 0)
        self.where.copy_(torch.where(is_first, bad, self.where))
        self.first.copy_(torch.where(is_first, self.step, self.first))
        self.count += found
        self.step += 1
        return found if self.goes_on else self.first >= 0

    def found(self) -> str | None:
        """Return the first step that was not finite and the first place in it, in words; waits for the device.

        The order of places is that of the names: what is behind the first one may only follow from it.
        """
        step = int(self.first)
        if step < 0:
            return None
        bad = [name for name, is_bad in zip(self.names, self.where.tolist(), strict=True) if is_bad]
        more = f", nor {len(bad) - 1} more of the checked values" if len(bad) > 1 else ""
        return f"step {step + 1}: {bad[0]} is not finite{more}"
