"""`snnexp table`: the tables of the three papers, from finished runs."""

from argparse import Namespace
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from snnexp.config.arguments import Parser
from snnexp.config.compose import compose
from snnexp.config.places import options
from snnexp.errors import UserError, plain
from snnexp.tables import data, latex, lines, markdown, pages, records, spec, words
from snnexp.tables.base import Record, Row, Spec, Table
from snnexp.tables.records import Arm

FORMATS: dict[str, Callable[[Table], str]] = {
    "md": lambda table: markdown.put(words.put(table)),
    "csv": data.to_csv,
    "latex": lambda table: latex.put(words.put(table)),
    "json": data.to_json,
}
KEPT = Path("results/tables")
PAGES: dict[Path, Callable[[Table], str]] = {
    Path("docs/results.md"): lambda table: markdown.put(words.put(table)),
    Path("docs/methods.md"): lambda table: markdown.differences(words.put(table)),
}


def main(arguments: list[str]) -> int:
    """Print a table, or the commands that train what it lacks.

    Raises:
        UserError: a table, scale or option that is not there, or a result that was changed since it was written.
    """
    given = parse(arguments, "--missing")
    asked = ask(given)
    found = collect(asked)
    if given.missing:
        for row, seeds in lacking(asked, found):
            print(row.sweep(seeds))
    else:
        show(given, asked, found)
    return 0


def parse(arguments: list[str], *flags: str) -> Namespace:
    """What a command that prints a table is given; `overrides` are the words with a `=`."""
    parser = Parser()
    parser.add_argument("words", nargs="*")
    parser.add_argument("--scale", choices=spec.SCALES)
    parser.add_argument("--format", choices=FORMATS, default="md")
    parser.add_argument("--config-dir")
    parser.add_argument("--allow-module", action="append", default=[])
    for flag in ("--docs", *flags):
        parser.add_argument(flag, action="store_true")
    given = parser.parse_intermixed_args(arguments)
    given.names = [word for word in given.words if "=" not in word]
    given.overrides = tuple(word for word in given.words if "=" in word)
    return given


def ask(given: Namespace) -> Spec:
    """The table that is asked for, with the overrides given to all of its rows.

    Raises:
        UserError: no table or several, or overrides that change what its rows train.
    """
    if len(given.names) != 1:
        raise UserError(f"name one table, as in `snnexp table rmp_ablation`; there are {', '.join(options('table'))}")
    asked = spec.read(given.names[0], given.scale, given.config_dir)
    where = {"config_dir": given.config_dir, "allow_modules": tuple(given.allow_module)}
    asked = replace(asked, rows=tuple(replace(row, **where) for row in asked.rows))
    if not given.overrides:
        return asked
    rows = tuple(replace(row, overrides=(*row.overrides, *given.overrides)) for row in asked.rows)
    if arm(asked.rows[0]).key != arm(rows[0]).key:
        allowed = "a table takes runs_dir, device, threads, launch and dataset.root"
        raise UserError(f"{' '.join(given.overrides)}: would change what the table's rows train; {allowed}")
    return replace(asked, rows=rows)


def collect(asked: Spec) -> list[Record]:
    """The finished runs that count for a table.

    Raises:
        UserError: a row's overrides are wrong, or a result was changed since it was written.
    """
    return records.collect([arm(row) for row in asked.rows])


def lacking(asked: Spec, found: Sequence[Record]) -> list[tuple[Row, list[int]]]:
    """The rows that lack seeds, with these."""
    return [(row, seeds) for row in asked.rows if (seeds := lines.lacking(row, found))]


def arm(row: Row) -> Arm:
    """A row with its config.

    Raises:
        UserError: its overrides are wrong.
    """
    try:
        return Arm(row, compose([f"exp={row.exp}", *row.overrides], row.config_dir, row.allow_modules))
    except UserError as error:
        raise UserError(f"row {row.name}: {error}") from error


def show(given: Namespace, asked: Spec, found: Sequence[Record]) -> None:
    """Print the table of these records; with `--docs` keep both in the checkout, and differences by their method."""
    table = lines.assemble(asked, found)
    if given.docs:
        name = f"table {asked.name} {asked.scale}"
        # all of them before any is written: a page without marks leaves the others as they were
        changed = {page: pages.replaced(page, name, text(table)) for page, text in PAGES.items()}
        for page, content in changed.items():
            page.write_text(content)
        records.write(KEPT / f"{asked.name}-{asked.scale}.csv", found)
    print(plain(FORMATS[given.format](table)), end="")
