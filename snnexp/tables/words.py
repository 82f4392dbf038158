"""A table in words: headings, cells, and what is to be known of them."""

from collections.abc import Iterable

from snnexp.metrics.base.figure import Figure
from snnexp.tables.base import Cell, Grid, Line, Page, Row, Table
from snnexp.tables.family import Judged
from snnexp.tables.remarks import FEW, remarks
from snnexp.tables.statistics import LEVEL, Comparison
from snnexp.tables.verdict import Contrast

SCALES = {"full": "the paper's setting", "gpu": "not the paper's setting", "small": "not the paper's setting"}


def put(table: Table) -> Page:
    """Return the table in words."""
    spec = table.spec
    unmeasured = "" if any(line.seeds for line in table.lines) else " Not measured yet."
    return Page(
        name=f"{spec.name}, scale {spec.scale}",
        title=f"{spec.title}. Scale {spec.scale}, {SCALES[spec.scale]}: {spec.label}.{unmeasured}",
        grids=grids(table),
        remarks=(*remarks(table), *table.notes),
    )


def grids(table: Table) -> tuple[Grid, ...]:
    """Make the tables of figures, primary comparisons, described ones and other methods' numbers, if not empty."""
    all_of_them = figures(table), judged(table.contrasts), described(table), published(table)
    return tuple(grid for grid in all_of_them if grid.body)


def figures(table: Table) -> Grid:
    """Return what each line's runs gave, beside the paper's numbers where it has any."""
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
    """Return how many seeds there are, and of how many where some are missing."""
    text = f"{len(line.seeds)}{FEW if line.few else ''}"
    return f"{text} of {len(row.seeds)}" if row and line.missing else text


def has_numbers(table: Table, metric: Figure) -> bool:
    """Return whether papers have something to say of a metric: of accuracy wherever a row has its like in a paper."""
    named = metric.paper == "accuracy" and any(row.paper for row in table.spec.rows)
    return named or any(cell.paper for line in table.lines for cell in line.cells if cell.metric is metric)


def paper(cell: Cell, row: Row | None) -> tuple[str, str]:
    """Return the paper's number with its mark, and the difference to it."""
    if cell.paper is None:
        return ("n/a" if row and row.paper else "", "")
    if not cell.paper.has_source:
        return str(cell.paper), "no source"
    difference = cell.difference
    return str(cell.paper), "" if difference is None else f"{difference:+.{cell.metric.digits}f}"


def spread(cell: Cell) -> str:
    """Write mean, deviation and interval, as far as there are any."""
    found, digits = cell.summary, cell.metric.digits
    if found is None:
        return ""
    if found.std is None:
        return f"{found.mean:.{digits}f}"
    return f"{found.mean:.{digits}f} ± {found.std:.{digits}f} [{found.low:.{digits}f}, {found.high:.{digits}f}]"


def judged(contrasts: Iterable[Contrast]) -> Grid:
    """Write the primary comparisons, with all that is known of each."""
    family = [each for each in contrasts if each.judged and each.found]
    heading = f"difference in {family[0].metric.heading}" if family else ""
    tests, sizes = ("p, Welch", "p, Holm", "p, items"), ("Hedges' g", "superiority", "detectable")
    head = ("", "n", heading, *tests, *sizes, "paired", "verdict")
    return Grid(head, tuple(cells(each, each.found, each.judged) for each in family if each.found and each.judged))


def cells(contrast: Contrast, found: Comparison, among: Judged) -> tuple[str, ...]:
    """Return a primary comparison; nothing where the spread says nothing."""
    digits = contrast.metric.digits
    correlation = "" if found.pairs.correlation is None else f", r = {found.pairs.correlation:+.2f}"
    return (
        f"{contrast.name} against {contrast.against}",
        f"{found.n[0]}, {found.n[1]}",
        difference(contrast, found),
        probability(found.p),
        probability(among.p),
        probability(among.p_items),
        "" if found.g is None else f"{found.g:+.2f}",
        f"{found.superiority:.2f}",
        "" if among.detectable is None else f"{among.detectable:.{digits}f}",
        f"{probability(found.pairs.p)}{correlation}",
        contrast.verdict or "",
    )


def described(table: Table) -> Grid:
    """Return what lines differ by beside the primary comparisons."""
    found = {
        (each.name, each.against, each.metric.key): each for each in table.contrasts if each.found and not each.judged
    }
    metrics = [metric for metric in table.metrics if any(key == metric.key for _, _, key in found)]
    body = []
    for name, against in dict.fromkeys((name, against) for name, against, _ in found):
        each = [found.get((name, against, metric.key)) for metric in metrics]
        body.append((f"{name} against {against}", *(difference(one, one.found) if one else "" for one in each)))
    return Grid(("", *(metric.heading for metric in metrics)), tuple(body))


def published(table: Table) -> Grid:
    """List other methods on the same data, as they were published."""
    body = [(number.what, number.metric, str(number), number.source) for number in table.published]
    return Grid(("not trained here", "metric", "published", "source"), tuple(body))


def difference(contrast: Contrast, found: Comparison | None) -> str:
    """Return a difference with its interval, as far as there is one."""
    if found is None:
        return ""
    digits = contrast.metric.digits
    interval = "" if found.low is None else f" [{found.low:+.{digits}f}, {found.high:+.{digits}f}]"
    return f"{found.effect:+.{digits}f}{interval}"


def probability(p: float | None) -> str:
    """Return a p-value with three digits, four beside the level, as far as there is one."""
    return "" if p is None else "< 0.001" if p < 0.001 else f"{p:.4f}" if abs(p - LEVEL) < 5e-4 else f"{p:.3f}"
