"""The section of docs/evidence.md that tells what the arms differ by."""

from collections.abc import Iterator, Mapping, Sequence

from arms import SNNEXP
from networks import SCRIPTS

from snnexp.files.tabular import to_markdown
from snnexp.metrics.figures import FIGURES
from snnexp.tables import items, statistics, words
from snnexp.tables.base import Cell
from snnexp.tables.family import judge
from snnexp.tables.verdict import Contrast

Rows = Sequence[Mapping[str, str]]
SEEDS = range(1, 11)
ARMS = [*SCRIPTS, *SNNEXP]
PAIRS = [
    ("SpikingJelly", "snnexp"),
    ("snnTorch", "snnexp"),
    ("snnexp, SpikingJelly's choices", "SpikingJelly"),
    *((arm, "snnexp") for arm in [*SNNEXP][1:]),
]


def section(rows: Rows) -> str:
    """Return each arm's accuracy, the comparisons, judged as one family, what is not trained, and by which code."""
    found = {arm: {int(row["seed"]): float(row["accuracy"]) for row in of(rows, arm)} for arm in ARMS}
    head = "trained", "n", FIGURES[0].heading, "lowest", "highest"
    grids = [(head, [line(arm, each) for arm, each in found.items() if each])]
    judged = words.judged(contrasts(rows, found))
    grids += [(judged.head, judged.body)] if judged.body else []
    return "\n\n".join([*(to_markdown(*each) for each in grids), "\n".join(remarks(rows, found))]) + "\n"


def remarks(rows: Rows, found: Mapping[str, Mapping[int, float]]) -> Iterator[str]:
    """Say what is not trained, and by which code the rest is."""
    missing = [f"`{arm}`" for arm, each in found.items() if not each]
    if missing:
        yield f"- Planned and not trained yet: {', '.join(missing)}; these comparisons count for Holm as if p were 1."
    yield f"- Commits of the runs: {', '.join(sorted({row['commit'][:10] for row in rows}))}."


def of(rows: Rows, arm: str) -> Rows:
    """Return an arm's rows of the seeds that were planned."""
    return [row for row in rows if row["arm"] == arm and int(row["seed"]) in SEEDS]


def line(arm: str, found: Mapping[int, float]) -> tuple[str, ...]:
    """Write the mean with deviation and interval, and the range, of at least one seed."""
    count = f"{len(found)}" if len(found) == len(SEEDS) else f"{len(found)} of {len(SEEDS)}"
    cell = Cell(metric=FIGURES[0], summary=statistics.summarize([*found.values()]), paper=None)
    return arm, count, words.spread(cell), *(f"{each(found.values()):.2f}" for each in (min, max))


def contrasts(rows: Rows, found: Mapping[str, Mapping[int, float]]) -> list[Contrast]:
    """Compare the pairs that were planned, and judge them as one family."""
    right = {arm: {int(row["seed"]): row["right"] for row in of(rows, arm)} for arm in ARMS}
    compared = [statistics.compare(found[arm], found[other]) for arm, other in PAIRS]
    on_items = [items.compare(right[arm], right[other]) for arm, other in PAIRS]
    return [
        Contrast(
            name=arm,
            against=other,
            metric=FIGURES[0],
            found=each,
            items=item,
            judged=among,
            complete=len(found[arm]) == len(found[other]) == len(SEEDS),
        )
        for (arm, other), each, item, among in zip(
            PAIRS, compared, on_items, judge(compared, None, on_items), strict=True
        )
    ]
