"""What one line of a table differs from another by, and the word that this allows."""

from dataclasses import dataclass

from snnexp.metrics.base.figure import Figure
from snnexp.tables.family import Judged
from snnexp.tables.items import Items
from snnexp.tables.statistics import ENOUGH, Comparison


@dataclass(frozen=True, kw_only=True)
class Contrast:
    """The line `name` less the line `against` in one metric; without `judged` it is described and not judged.

    `found` is None where one of the two has no runs, or they were trained on different data; `items` where they share
    no seed of which the test items were kept.
    """

    name: str
    against: str
    metric: Figure
    found: Comparison | None
    items: Items | None = None
    judged: Judged | None = None
    complete: bool = True  # whether both lines have all seeds that were planned
    planned: bool = True  # whether their runs were trained for the table's plan, if it has one

    @property
    def equal(self) -> bool:
        """Whether both have the same seeds, several, and the same figure in each, and on the same test items."""
        if self.found is None or (self.items and self.items.more + self.items.fewer):
            return False
        pairs = self.found.pairs
        return pairs.equal and pairs.n > 1 and self.found.n == (pairs.n, pairs.n)

    @property
    def verdict(self) -> str | None:
        """What a primary comparison shows, in words; None of one that is not judged or not measured."""
        if self.found is None or self.judged is None or self.metric.verdicts is None:
            return None
        if self.equal:
            return "equal with every seed, not tested"
        if self.found.few:
            return f"no word: fewer than {ENOUGH} seeds"
        if not self.planned:
            return "no word: not trained for the table's plan"
        if not self.complete:
            return "no word: planned seeds are missing"
        if self.judged.p is None:
            return "no spread, not tested"
        within = f"{self.judged.margin:.{self.metric.digits}f}" if self.judged.equivalent else None
        if not self.judged.shown:
            alone = "by seeds, not shown on the test items" if self.judged.by_seeds else "no difference shown"
            return f"equivalent within ±{within}" if within else alone
        word = self.metric.verdicts[0 if self.found.effect > 0 else 1]
        return f"{word}, by less than {within}" if within else word
