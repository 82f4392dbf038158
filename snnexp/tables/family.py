"""The primary comparisons of a table, judged together: what each of them may be called."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from snnexp.tables.items import Items
from snnexp.tables.statistics import LEVEL, Comparison


@dataclass(frozen=True, kw_only=True)
class Judged:
    """A primary comparison among the others of its table.

    `p` is Welch's and `p_equivalent` that of equivalence within the margin, both by Holm as one family; `p_items` that
    of the test items, by Holm, too; `granular` says whether a difference must be shown on the items as well.
    `detectable` is the smallest true difference that so many seeds show with a power of 0.8 at the first and strictest
    of Holm's levels.
    """

    p: float | None
    detectable: float | None
    margin: float | None
    p_equivalent: float | None
    p_items: float | None = None
    granular: bool = False

    @property
    def by_seeds(self) -> bool:
        """Whether other seeds would differ, too."""
        return self.p is not None and self.p < LEVEL

    @property
    def by_items(self) -> bool:
        """Whether other test items would differ, too; taken for granted where there are many of them, or none kept."""
        return not self.granular or (self.p_items is not None and self.p_items < LEVEL)

    @property
    def shown(self) -> bool:
        """Whether a difference is shown."""
        return self.by_seeds and self.by_items

    @property
    def equivalent(self) -> bool:
        """Whether any difference is shown to be smaller than the margin; never where that is a handful of items."""
        return not self.granular and self.p_equivalent is not None and self.p_equivalent < LEVEL


def judge(
    family: Sequence[Comparison | None], margin: float | None = None, items: Sequence[Items | None] = ()
) -> list[Judged]:
    """Return each comparison of a family among all of them; None stands for one that is planned and not measured yet.

    `items` says of each what the test items say, where they were kept.
    """
    items = items or [None] * len(family)
    on_items = holm([of_items(found, each) for found, each in zip(family, items, strict=True)])
    differ, alike = together(
        [found and found.p for found in family],
        None if margin is None else [found and found.equivalence(margin) for found in family],
    )
    return [
        Judged(
            p=p,
            detectable=found.detectable(LEVEL / len(family)) if found else None,
            margin=margin,
            p_equivalent=p_equivalent,
            p_items=p_items,
            granular=each is not None and each.granular,
        )
        for found, each, p, p_equivalent, p_items in zip(family, items, differ, alike, on_items, strict=True)
    ]


def of_items(found: Comparison | None, items: Items | None) -> float | None:
    """Return p of the test items for a difference of the means; 1 where the items speak for the other condition."""
    if items is None:
        return None
    return items.p if found is None or items.balance * found.effect > 0 else 1.0


def together(
    differ: Sequence[float | None], alike: Sequence[float | None] | None
) -> tuple[list[float | None], list[float | None]]:
    """Adjust the p-values of differences and those of equivalence as one family.

    Equal conditions do not differ by the margin, so of the 2 m null hypotheses no more than m are true at once.
    """
    count = len(differ)
    if alike is None:
        return holm(differ), [None] * count
    adjusted = holm([*differ, *alike], most=count)
    return adjusted[:count], adjusted[count:]


def holm(p: Sequence[float | None], most: int | None = None) -> list[float | None]:
    """Adjust p-values for how many there are: the i-th smallest of m times m - i + 1, no less than those before it.

    Where at most `most` of their null hypotheses can be true at once, no factor is larger than that. One that is not
    known yet counts as 1, so that a table that is half measured shows no more than the whole. So the chance that any
    true null hypothesis of a family is rejected stays below the level. Source: Holm 1979; `most`: Shaffer 1986.
    """
    known = np.array([1.0 if each is None else each for each in p])
    order = np.argsort(known, kind="stable")
    factors = np.minimum(np.arange(len(known), 0, -1), len(known) if most is None else most)
    adjusted = np.empty_like(known)
    adjusted[order] = np.minimum(np.maximum.accumulate(known[order] * factors), 1)
    return [None if each is None else float(value) for each, value in zip(p, adjusted, strict=True)]
