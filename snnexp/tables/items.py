"""Two conditions on the same test items, or two gains: whether their difference would hold on other items."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Int

from snnexp.metrics.base.items import decode, encode

GRANULAR = 1_000  # items below which one is more than a tenth of a point, and a handful of them a difference
Right = Mapping[int, str]  # which items each seed got right, as `encode` writes it


@dataclass(frozen=True, kw_only=True)
class Items:
    """Test items that conditions share: how many, those for the one and for the other, and p.

    `balance` is what p tests, above 0 where the items speak for the first; p is `flipped`, two-sided.
    """

    n: int
    more: int
    fewer: int
    balance: int
    p: float

    @property
    def granular(self) -> bool:
        """Whether so few items are tested that a difference of means may rest on a handful of them."""
        return self.n < GRANULAR


def joined(parts: Sequence[str]) -> str:
    """Put the items of several parts behind each other."""
    return encode(np.concatenate([decode(part) for part in parts]))


def compare(ours: Right, other: Right) -> Items | None:
    """Compare two conditions by the items that each seed got right; None if they share no seed, or no items.

    An item counts once, however many seeds there are, by the sign of how often one condition was right less how often
    the other was, over the seeds of both: the exact McNemar test with an item as its unit, and with one seed McNemar's
    as published (1947).
    """
    found = by_item([(ours, 1), (other, -1)])
    return None if found is None else tested(np.sign(found))


def compare_gains(ours: Right, base: Right, other: Right, base_of_other: Right) -> Items | None:
    """Compare what `ours` gains over its base with what `other` gains over its own; None as in `compare`.

    An item counts by how much more often, over the seeds of all four, the one gain is had there than the other: what
    differs is a mean of such counts, which may be larger than 1.
    """
    found = by_item([(ours, 1), (base, -1), (other, -1), (base_of_other, 1)])
    return None if found is None else tested(found)


def by_item(signed: Sequence[tuple[Right, int]]) -> Int[np.ndarray, "n"] | None:
    """Add up, for each item, the signs of those that got it right, over the seeds that all have."""
    seeds = set.intersection(*({*right} for right, _ in signed))
    read = [sign * decode(right[seed]).astype(int) for seed in seeds for right, sign in signed]
    return sum(read[1:], read[0]) if read and len({len(each) for each in read}) == 1 else None


def tested(counts: Int[np.ndarray, "n"]) -> Items:
    """Return what items say, each by its count."""
    more, fewer = int(np.sum(counts > 0)), int(np.sum(counts < 0))
    return Items(n=len(counts), more=more, fewer=fewer, balance=int(counts.sum()), p=flipped(counts))


def flipped(counts: Int[np.ndarray, "n"]) -> float:
    """Return the probability of a sum at least as far from 0, were the sign of each count a toss of a coin.

    Exact, of all 2^n signs: the sum has the characteristic function prod_i cos(w |counts_i|), whose inverse Fourier
    transform over 2 sum |counts| + 1 places is its distribution. Of counts of 1 and -1 it is the sign test. Exact for
    counts that are symmetric about 0, and for many items also for others of mean 0. Source: Fisher 1935.
    """
    total, sizes = int(np.abs(counts).sum()), np.bincount(np.abs(counts))
    places = 2 * total + 1
    angles = 2 * np.pi / places * np.arange(total + 1)
    powers = [np.cos(size * angles) ** int(count) for size, count in enumerate(sizes) if size and count]
    chances = np.fft.irfft(np.prod(powers, axis=0) if powers else np.ones(1), places)
    far = np.minimum(np.arange(places), places - np.arange(places)) >= abs(int(counts.sum()))
    return float(np.clip(chances[far].sum(), 0, 1))
