"""Two conditions on the same test items: whether their difference would hold on other items."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import special

from snnexp.metrics.base.items import decode, encode

GRANULAR = 1_000  # items below which one is more than a tenth of a point, and a handful of them a difference


@dataclass(frozen=True, kw_only=True)
class Items:
    """Test items that two conditions share: how many, those that either got right more often, and p.

    p is the exact McNemar test with an item as its unit, two-sided: an item counts once, however many seeds there are,
    by the sign of how often one was right less how often the other was, over the seeds of both; under the null
    hypothesis each sign is a toss of a coin. With one seed it is McNemar's test as published (1947).
    """

    n: int
    more: int
    fewer: int
    p: float

    @property
    def granular(self) -> bool:
        """Whether so few items are tested that a difference of means may rest on a handful of them."""
        return self.n < GRANULAR


def joined(parts: Sequence[str]) -> str:
    """Put the items of several parts behind each other."""
    return encode(np.concatenate([decode(part) for part in parts]))


def compare(ours: Mapping[int, str], other: Mapping[int, str]) -> Items | None:
    """Compare two conditions by the items that each seed got right; None where they share no seed, or no items."""
    seeds = sorted(ours.keys() & other.keys())
    read = [(decode(ours[seed]), decode(other[seed])) for seed in seeds]
    if not read or len({len(each) for pair in read for each in pair}) > 1:
        return None
    difference = sum(ours.astype(int) - theirs for ours, theirs in read)
    more, fewer = int(np.sum(difference > 0)), int(np.sum(difference < 0))
    p = min(1.0, 2 * float(special.bdtr(min(more, fewer), more + fewer, 0.5)))
    return Items(n=len(read[0][0]), more=more, fewer=fewer, p=p)
