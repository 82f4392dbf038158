"""The section of docs/evidence.md that says what the conditions differ by."""

from collections.abc import Iterator, Mapping, Sequence

from conditions import SNNEXP
from networks import SCRIPTS

from snnexp.files.tabular import to_markdown
from snnexp.metrics.figures import FIGURES
from snnexp.tables import items, statistics, words
from snnexp.tables.base import Cell
from snnexp.tables.family import judge
from snnexp.tables.verdict import Contrast

Rows = Sequence[Mapping[str, str]]
SEEDS = range(1, 11)
CONDITIONS = [*SCRIPTS, *SNNEXP]
PAIRS = [
    ("SpikingJelly", "snnexp"),
    ("snnTorch", "snnexp"),
    ("snnexp, SpikingJelly's choices", "SpikingJelly"),
    *((name, "snnexp") for name in [*SNNEXP][1:]),
]


def section(rows: Rows) -> str:
    """Return each condition's accuracy, the comparisons, judged as one family, and what they rest on."""
    found = {name: {int(row["seed"]): float(row["accuracy"]) for row in of(rows, name)} for name in CONDITIONS}
    head = "trained", "n", FIGURES[0].heading, "lowest", "highest"
    grids = [(head, [line(name, each) for name, each in found.items() if each])]
    judged = words.judged(contrasts(rows, found))
    grids += [(judged.head, judged.body)] if judged.body else []
    return "\n\n".join([*(to_markdown(*each) for each in grids), "\n".join(remarks(rows, found))]) + "\n"


def remarks(rows: Rows, found: Mapping[str, Mapping[int, float]]) -> Iterator[str]:
    """Say what is not trained, and by which code the rest is."""
    missing = [f"`{name}`" for name, each in found.items() if not each]
    if missing:
        yield f"- Planned and not trained yet: {', '.join(missing)}; these comparisons count for Holm as if p were 1."
    yield f"- Commits of the runs: {', '.join(sorted({row['commit'][:10] for row in rows}))}."


def of(rows: Rows, name: str) -> Rows:
    """Return a condition's rows of the seeds that were planned."""
    return [row for row in rows if row["condition"] == name and int(row["seed"]) in SEEDS]


def line(name: str, found: Mapping[int, float]) -> tuple[str, ...]:
    """Write the mean with deviation and interval, and the range, of at least one seed."""
    count = f"{len(found)}" if len(found) == len(SEEDS) else f"{len(found)} of {len(SEEDS)}"
    cell = Cell(metric=FIGURES[0], summary=statistics.summarize([*found.values()]), paper=None)
    return name, count, words.spread(cell), *(f"{each(found.values()):.2f}" for each in (min, max))


def contrasts(rows: Rows, found: Mapping[str, Mapping[int, float]]) -> list[Contrast]:
    """Compare the pairs that were planned, and judge them as one family."""
    right = {name: {int(row["seed"]): row["right"] for row in of(rows, name)} for name in CONDITIONS}
    compared = [statistics.compare(found[name], found[other]) for name, other in PAIRS]
    on_items = [items.compare(right[name], right[other]) for name, other in PAIRS]
    return [
        Contrast(
            name=name,
            against=other,
            metric=FIGURES[0],
            found=each,
            items=item,
            judged=among,
            complete=len(found[name]) == len(found[other]) == len(SEEDS),
        )
        for (name, other), each, item, among in zip(
            PAIRS, compared, on_items, judge(compared, None, on_items), strict=True
        )
    ]
