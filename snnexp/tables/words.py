"""A table in words: headings, cells, and what is to be known of them."""

from collections.abc import Iterator

from snnexp.metrics.figures import Figure
from snnexp.tables.base import Cell, Grid, Line, Page, Row, Table
from snnexp.tables.statistics import ENOUGH

FEW = "*"
SCALES = {"full": "the paper's setting", "gpu": "not the paper's setting", "small": "not the paper's setting"}
FIGURES = (
    "Mean ± standard deviation [95 % bootstrap interval of the mean; with three seeds it is their range]; n seeds."
)
MARKED = f"Marked {FEW}: fewer than {ENOUGH} seeds."
PAIRED = (
    "Compared seed by seed: mean difference [95 % interval], p of a paired t-test, not corrected for the number of "
    "comparisons. A permutation test of three pairs cannot fall below 0.25. Not compared: the best epoch, which was "
    "chosen on the test set."
)


def put(table: Table) -> Page:
    """The table in words."""
    spec = table.spec
    unmeasured = "" if any(line.seeds for line in table.lines) else " Not measured yet."
    return Page(
        name=f"{spec.name}, scale {spec.scale}",
        title=f"{spec.title}. Scale {spec.scale}, {SCALES[spec.scale]}: {spec.label}.{unmeasured}",
        grids=grids(table),
        remarks=(*remarks(table), *table.notes),
    )


def grids(table: Table) -> tuple[Grid, ...]:
    """The lines' figures, and where any are compared the comparisons."""
    return (figures(table), comparisons(table)) if compares(table) else (figures(table),)


def remarks(table: Table) -> Iterator[str]:
    """What is to be known of the grids."""
    yield FIGURES
    if any(line.few for line in table.lines):
        yield MARKED
    yield from (f"Warning of {line.name}: {warning}." for line in table.lines for warning in line.warnings)
    yield from (f"Missing of {line.name}: `{line.missing}`" for line in table.lines if line.missing)
    if compares(table):
        yield PAIRED


def compares(table: Table) -> bool:
    """Whether any two lines share seeds to be compared by."""
    return any(cell.comparison for line in table.lines for cell in line.cells)


def figures(table: Table) -> Grid:
    """What each line's runs gave, beside the paper's numbers where it has any."""
    rows = {row.name: row for row in table.spec.rows}
    beside = {metric.column for metric in table.metrics if has_numbers(table, metric)}
    head = ["", "n"]
    for metric in table.metrics:
        head += [metric.heading, *(["paper", "difference"] if metric.column in beside else [])]
    body = []
    for line in table.lines:
        row = rows.get(line.name)
        cells = [line.name, count(line, row)]
        for cell in line.cells:
            cells += [spread(cell), *(paper(cell, row) if cell.metric.column in beside else [])]
        body.append(tuple(cells))
    return Grid(tuple(head), tuple(body))


def count(line: Line, row: Row | None) -> str:
    """How many seeds there are, and of how many where some are missing."""
    text = f"{len(line.seeds)}{FEW if line.few else ''}"
    return f"{text} of {len(row.seeds)}" if row and line.missing else text


def has_numbers(table: Table, metric: Figure) -> bool:
    """Whether papers have something to say of a metric: of accuracy wherever a row has its like in a paper."""
    named = metric.column == "accuracy" and any(row.paper for row in table.spec.rows)
    return named or any(cell.paper for line in table.lines for cell in line.cells if cell.metric is metric)


def paper(cell: Cell, row: Row | None) -> tuple[str, str]:
    """The paper's number with its mark, and the difference to it."""
    if cell.paper is None:
        return ("n/a" if row and row.paper else "", "")
    difference = cell.difference
    return str(cell.paper), "" if difference is None else f"{difference:+.{cell.metric.digits}f}"


def spread(cell: Cell) -> str:
    """Mean, deviation and interval, as far as there are any."""
    found, digits = cell.summary, cell.metric.digits
    if found is None:
        return ""
    if found.std is None:
        return f"{found.mean:.{digits}f}"
    return f"{found.mean:.{digits}f} ± {found.std:.{digits}f} [{found.low:.{digits}f}, {found.high:.{digits}f}]"


def comparisons(table: Table) -> Grid:
    """What lines differ by from those they are compared with."""
    metrics = [metric for metric in table.metrics if metric.verdicts]
    body = []
    for line in table.lines:
        cells = [cell for cell in line.cells if cell.comparison]
        pairs = [str(cell.comparison.pairs) for cell in cells if cell.comparison]
        if cells:
            body.append((f"{line.name} against {line.against}", pairs[0], *map(effect, cells)))
    return Grid(("", "pairs", *(metric.heading for metric in metrics)), tuple(body))


def effect(cell: Cell) -> str:
    """A difference, how sure it is, and the word for it."""
    found, digits = cell.comparison, cell.metric.digits
    assert found is not None
    text = f"{found.effect:+.{digits}f}"
    if found.p is None or found.low is None or found.high is None:
        return f"{text}: {cell.verdict}"
    p = "p < 0.001" if found.p < 0.001 else f"p = {found.p:.3f}"
    return f"{text} [{found.low:+.{digits}f}, {found.high:+.{digits}f}], {p}: {cell.verdict}"
