"""Which training samples are held out for validation: a share of each class, or whole subjects where known."""

from collections.abc import Sequence

import torch
from jaxtyping import Bool, Int64
from torch import Tensor

from snnexp.errors import UserError
from snnexp.randomness import generator

Divided = tuple[Int64[Tensor, " rest"], Int64[Tensor, " held"]]


def divide(y: Int64[Tensor, " N"], share: float, subjects: Sequence[int] | None = None) -> Divided:
    """Return the rows that stay for training, and those that are held out, both in their order.

    They follow from labels, share and subjects alone and not from a run's seed: runs of several seeds are judged by the
    same samples.

    Raises:
        UserError: nothing can be held out without taking a whole class from training.
    """
    held = of_classes(y, share, "validation", 1) if subjects is None else of_subjects(y, share, torch.tensor(subjects))
    if not held.any():
        reason = f"each {'sample' if subjects is None else 'subject'} is the last one of a class"
        raise UserError(f"dataset.validation={share}: nothing can be held out, {reason}; give 0")
    return torch.nonzero(~held).flatten(), torch.nonzero(held).flatten()


def of_classes(y: Int64[Tensor, " N"], share: float, purpose: str, spared: int) -> Bool[Tensor, " N"]:
    """Draw for a purpose from each class of n samples round(share n), at least 1 and at most n - spared."""
    held = torch.zeros(len(y), dtype=torch.bool)
    for label in y.unique().tolist():
        rows = torch.nonzero(y == label).flatten()
        count = min(max(1, round(share * len(rows))), len(rows) - spared)
        held[rows[torch.randperm(len(rows), generator=generator(purpose, label))[:count]]] = True
    return held


def of_subjects(y: Int64[Tensor, " N"], share: float, subjects: Int64[Tensor, " N"]) -> Bool[Tensor, " N"]:
    """Return whether each sample is held out, all of a subject's or none.

    One subject after the other is taken, each the one that brings the counts of the classes nearest to the share of all
    counts, in squares, as long as it brings them nearer; the first in any case. Equals are taken in a drawn order.
    """
    people = subjects.unique()
    people = people[torch.randperm(len(people), generator=generator("validation", "subjects"))]
    counts = torch.stack([torch.bincount(y[subjects == each], minlength=int(y.max()) + 1) for each in people]).double()
    total, taken = counts.sum(0), torch.zeros(len(people), dtype=torch.bool)
    nearest = float("inf")
    while True:
        after = counts[taken].sum(0) + counts  # if each were the next one
        distance = (after - share * total).square().sum(1)
        distance[taken | ((after >= total) & (total > 0)).any(1)] = float("inf")
        best = int(distance.argmin())
        if not distance[best] < nearest:
            return torch.isin(subjects, people[taken])
        taken[best], nearest = True, float(distance[best])
