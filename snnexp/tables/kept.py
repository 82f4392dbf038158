"""The pages of docs/ from the runs that results/tables/ keeps: `python -m snnexp.tables.kept` writes them again."""

import sys

from snnexp import tables
from snnexp.tables import KEPT, lines, pages, records


def main() -> int:
    """Write what each page says of the kept runs.

    Raises:
        UserError: no pages with the tables' marks here, or a table that is not there any more.
    """
    for path in sorted(KEPT.glob("*.csv")):
        name, scale = path.stem.rsplit("-", 1)
        table = lines.assemble(tables.request(name, scale), records.read(path))
        for page, text in tables.pages_of(table.spec).items():
            pages.replace(page, f"table {name} {scale}", text(table))
    return 0


if __name__ == "__main__":
    sys.exit(main())
