"""What is to be known of a table's grids."""

from collections.abc import Iterator, Sequence

from snnexp.tables.base import Spec, Table
from snnexp.tables.items import GRANULAR
from snnexp.tables.statistics import ENOUGH
from snnexp.tables.verdict import Contrast

FEW = "*"
FIGURES = "Mean ± standard deviation [95 % t interval of the mean]; n seeds."
MARKED = f"Marked {FEW}: fewer than {ENOUGH} seeds."
BESIDE = (
    "Papers' accuracies stand beside the best epoch on the test set, since their code keeps that epoch. No source: the "
    "number is recalled, and no difference to it is printed."
)
PRIMARY = (
    "Judged: difference of the means [its 95 % interval]; p of Welch's t-test, and by Holm over the table's {count} "
    "primary comparisons, by which the word is chosen (p < 0.05). Hedges' g; superiority: the share of all pairs of "
    "runs in which the first has the higher value. Detectable: the true difference that so many seeds with this spread "
    "show with a probability of 0.8. Paired: p of a paired t-test with the correlation over seeds; no word rests on it."
)
ITEMS = (
    "Items: p of McNemar's exact test on the test items, by Holm, too: whether other items would differ. Of fewer than "
    f"{GRANULAR:,} items one is more than a tenth of a point: there a difference is called so if both tests show it. "
    "Items count as independent, also where several are of one person."
)
GAINS = (
    "Items of a gain: p of the exact sign-flip test of how much more often, over the seeds, an item is gained by the "
    "one row than by the other."
)
FOLDS = (
    "Folds: each seed tests another part of all samples. Trainings share samples, so intervals and tests are those of "
    "pairs with the corrected error of Nadeau and Bengio (2003), in place of Welch's; the column paired is without it."
)
CHOSEN = (
    "Learning rates were chosen on samples that folds test as well, since folds test all: accuracies may be a little "
    "too good, those of each row alike."
)
MARGIN = (
    "Equivalent: two one-sided tests show a true difference smaller than the margin of {margin}. They are corrected "
    "together with the tests of differences, of which at most one for each comparison can be wrong to reject."
)
DESCRIBED = "Described, not judged: differences with their 95 % intervals, each by itself."


def remarks(table: Table) -> Iterator[str]:
    """Say what the table decides, what its figures are, and what is missing or doubtful."""
    if table.spec.hypothesis:
        yield f"Hypothesis: {table.spec.hypothesis}."
    yield FIGURES
    yield from of_rates(table.spec)
    if any(line.few for line in table.lines):
        yield MARKED
    if any(cell.paper for line in table.lines for cell in line.cells):
        yield BESIDE
    yield from (f"Warning of {line.name}: {warning}." for line in table.lines for warning in line.warnings)
    if not table.spec.untuned:  # else what is missing would be trained with other rates than it is to be
        yield from (f"Missing of {line.name}: `{line.missing}`" for line in table.lines if line.missing)
    yield from of_primary(table, [each for each in table.contrasts if each.judged])
    if any(each.found and not each.judged for each in table.contrasts):
        yield DESCRIBED


def of_rates(spec: Spec) -> Iterator[str]:
    """Say what learning rates were chosen, by how many seeds, and what is compared at different ones."""
    if spec.tuning is None or spec.untuned:
        return
    grid, seeds = sorted(spec.tuning.rates), len(spec.tuning.seeds)
    chosen = {rate: [f"`{row.name}`" for row in spec.rows if row.rate == rate] for rate in grid}
    edge = {grid[0]: ", an end of the grid,", grid[-1]: ", an end of the grid,"} if len(grid) > 1 else {}
    told = [f"{rate}{edge.get(rate, '')} for {', '.join(names)}" for rate, names in chosen.items() if names]
    by = f"{seeds} seed{'s' if seeds > 1 else ''}"
    yield f"Learning rates, of {', '.join(map(str, grid))} by {by} on validation: {'; '.join(told)}."
    rates = {row.name: row.rate for row in spec.rows}
    pairs = [(row.name, other) for row in spec.rows for other in row.against if rates[other] != row.rate]
    if pairs:
        listed = "; ".join(f"{name} against {other}" for name, other in pairs)
        yield f"Compared at different learning rates, which may be what they differ by: {listed}."


def of_primary(table: Table, family: Sequence[Contrast]) -> Iterator[str]:
    """Say how the primary comparisons are judged, and which word rests on less than others."""
    if not any(each.found for each in family):
        return
    yield PRIMARY.format(count=len(family))
    if any(line.folds for line in table.lines):
        yield FOLDS
        if table.spec.tuning and not table.spec.untuned:
            yield CHOSEN
    if any(each.items for each in family):
        yield ITEMS
        if table.spec.gains:
            yield GAINS
    if table.spec.margin is not None:
        yield MARGIN.format(margin=f"{table.spec.margin:.{family[0].metric.digits}f} points of accuracy")
    for each in family:
        if each.judged and each.judged.shown and each.items is None:
            yield f"Of {each.name} and {each.against} no test items were compared: the word rests on seeds alone."
