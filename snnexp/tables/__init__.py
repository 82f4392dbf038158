"""The tables of the three papers, from finished runs."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from snnexp.config.compose import compose
from snnexp.config.hints import suggest
from snnexp.config.overrides import overridden
from snnexp.errors import UserError, plain
from snnexp.machine.devices import Machine
from snnexp.runs.identity import digest
from snnexp.tables import contrasts, data, evidence, latex, lines, markdown, pages, records, spec, words
from snnexp.tables.base import Row, RunRecord, Spec, Table
from snnexp.tables.records import Condition

FORMATS: dict[str, Callable[[Table], str]] = {
    "md": lambda table: markdown.put(words.put(table)),
    "csv": data.to_csv,
    "latex": lambda table: latex.put(words.put(table)),
    "json": data.to_json,
}
KEPT = Path("results/tables")
ANY = Machine("cpu", 1)  # a row's runs may be of any
# Where rows train and what shows them, not what they train.
WHERE = ("runs_dir", "device", "threads", "launch.", "dataset.root", "dataset.workers", "logger")
PAGES: dict[Path, Callable[[Table], str]] = {
    Path("docs/results.md"): lambda table: markdown.put(words.put(table)),
    Path("docs/methods.md"): lambda table: markdown.differences(words.put(table)),
}
EVIDENCE = {Path("docs/evidence.md"): evidence.put}


def request(
    name: str,
    scale: str | None = None,
    overrides: Sequence[str] = (),
    config_dir: str | None = None,
    allow_modules: tuple[str, ...] = (),
) -> Spec:
    """Return the table of a name, with overrides given to all of its rows; without a scale at the first that it has.

    Raises:
        UserError: no such table or scale, overrides that change what its rows train, or rates chosen for other rows.
    """
    found = untuned(name, scale, overrides, config_dir, allow_modules)
    chosen = {row.name: row.rate for row in spec.read(name, found.scale, config_dir).rows}
    if found.tuning and found.tuning.tried not in (None, tried(found)):
        again = f"choose them again by `snnexp tune {name} --scale {found.scale}`"
        raise UserError(f"table {name}: its rates were chosen for other rows or by another grid; {again}")
    return planned(replace(found, rows=tuple(replace(row, rate=chosen[row.name]) for row in found.rows)))


def untuned(
    name: str,
    scale: str | None = None,
    overrides: Sequence[str] = (),
    config_dir: str | None = None,
    allow_modules: tuple[str, ...] = (),
) -> Spec:
    """Return the table as `request` does, each row with its own learning rate and without the name of a plan.

    Raises:
        UserError: as `request`, but for the rates.
    """
    found = spec.read(name, scale, config_dir)
    own = {"config_dir": config_dir, "allow_modules": allow_modules, "rate": None}
    rows = tuple(replace(row, **own) for row in found.rows)
    changed = tuple(replace(row, overrides=(*row.overrides, *overrides)) for row in rows)
    for word in overrides:
        if not overridden(word).startswith(WHERE):
            condition(changed[0])  # a misspelt key is refused as one
            allowed = "a table takes runs_dir, device, threads, launch, dataset.root and logger"
            raise UserError(f"{word}: would change what the table's rows train; {allowed}")
    return replace(found, rows=changed)


def planned(requested: Spec) -> Spec:
    """Name a table's plan by a digest of hypothesis, primary rows, margin, gains, and each row's config and seeds.

    One without a hypothesis has no plan.
    """
    if not requested.hypothesis:
        return requested
    rows = [[row.name, condition(row).key, list(row.seeds), list(row.against)] for row in requested.rows]
    content = [requested.hypothesis, list(requested.primary), requested.margin, rows, *requested.gains]
    plan = f"{requested.name}-{requested.scale}-{digest(content)}"
    return replace(requested, plan=plan, rows=tuple(replace(row, plan=plan) for row in requested.rows))


def tried(requested: Spec) -> str:
    """Return ten digits of what is tuned: each row's config, and the grid."""
    rows = [[row.name, condition(replace(row, rate=None)).key] for row in requested.rows]
    grid = requested.tuning
    return digest([rows, grid and [list(grid.rates), list(grid.seeds), grid.validation]])


def collect(requested: Spec) -> list[RunRecord]:
    """Return the finished runs that count for a table.

    Raises:
        UserError: a row's overrides are wrong, or a result was changed since it was written.
    """
    return records.collect([condition(row) for row in requested.rows])


def choose(requested: Spec, names: Sequence[str]) -> Spec:
    """Return a table with the rows of these names alone, or all of them where none is named.

    Raises:
        UserError: no row of a name.
    """
    there = [row.name for row in requested.rows]
    for name in names:
        if name not in there:
            hint = suggest(name, there, f"there are {', '.join(there)}")
            raise UserError(f"row {name}: not in {requested.name}; {hint}")
    return replace(requested, rows=tuple(row for row in requested.rows if row.name in names or not names))


def lacking(requested: Spec, found: Sequence[RunRecord]) -> list[tuple[Row, list[int]]]:
    """Return the rows that lack seeds, with these."""
    return [(row, seeds) for row in requested.rows if (seeds := contrasts.lacking(row, found))]


def to_train(requested: Spec, found: Sequence[RunRecord]) -> list[tuple[Row, list[int]]]:
    """Return the rows that lack seeds, with these, of a table that is ready to be trained.

    Raises:
        UserError: its learning rates are not chosen yet.
    """
    if requested.untuned:
        command = f"`snnexp tune {requested.name} --scale {requested.scale}` writes them into its yaml"
        raise UserError(f"table {requested.name}: its learning rates are not chosen yet; {command}")
    return lacking(requested, found)


def condition(row: Row) -> Condition:
    """Return a row with its config, whatever machine trains it; finished runs may show that it is right.

    Raises:
        UserError: its overrides are wrong.
    """
    try:
        return Condition(row, compose(row.configured, row.config_dir, row.allow_modules, ANY, records.trained))
    except UserError as error:
        raise UserError(f"row {row.name}: {error}") from error


def pages_of(requested: Spec) -> Mapping[Path, Callable[[Table], str]]:
    """Return the pages that a table stands in, and how: one with a margin was made to decide a claim."""
    return PAGES if requested.margin is None else EVIDENCE


def show(requested: Spec, found: Sequence[RunRecord], format: str, *, docs: bool) -> None:
    """Print the table of these records; for `docs` write both into the checkout, and differences by their method.

    Raises:
        UserError: no pages with the table's marks here, or no runs in place of those that are kept.
    """
    table = lines.assemble(requested, found)
    if docs:
        kept = KEPT / f"{requested.name}-{requested.scale}.csv"
        if not found and kept.exists() and records.read(kept):
            raise UserError(f"{kept}: holds runs, and none was found to take their place; name theirs by runs_dir=")
        name = f"table {requested.name} {requested.scale}"
        # all of them before any is written: a page without marks leaves the others as they were
        changed = {page: pages.replaced(page, name, text(table)) for page, text in pages_of(requested).items()}
        for page, content in changed.items():
            page.write_text(content)
        records.write(kept, found)
    print(plain(FORMATS[format](table)), end="")
