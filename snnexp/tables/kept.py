"""The pages of docs/ from the runs that results/tables/ keeps: `python -m snnexp.tables.kept` writes them again."""

import sys
from collections.abc import Iterable
from pathlib import Path

from snnexp import tables
from snnexp.errors import UserError
from snnexp.tables import KEPT, lines, pages, records
from snnexp.tables.base import RunRecord, Spec


def main() -> int:
    """Write what each page says of the kept runs.

    Raises:
        UserError: no pages with the tables' marks here, a table that is not there any more, or runs of other configs
            than a table without a plan requests.
    """
    for path in sorted(KEPT.glob("*.csv")):
        name, scale = path.stem.rsplit("-", 1)
        requested, found = tables.request(name, scale), records.read(path)
        check(path, requested, found)
        table = lines.assemble(requested, found)
        for page, text in tables.pages_of(table.spec).items():
            pages.replace(page, f"table {name} {scale}", text(table))
    return 0


def check(path: Path, requested: Spec, found: Iterable[RunRecord]) -> None:
    """Refuse runs of a row whose config has become another one since; where there is a plan, that shows it.

    Raises:
        UserError: as `main`.
    """
    known = {record.row: record.config for record in found if record.config}
    for row in requested.rows if requested.plan is None else ():
        if row.name in known and known[row.name] != tables.condition(row).key:
            again = f"snnexp reproduce {requested.name} --scale {requested.scale} --docs"
            raise UserError(f"{path}: runs of {row.name} have another config than the yaml now; train by `{again}`")


if __name__ == "__main__":
    sys.exit(main())
