"""A table as Markdown."""

from snnexp.files.tabular import to_markdown
from snnexp.tables.base import Grid, Page


def put(page: Page) -> str:
    """Return the page as Markdown, with a heading of the third level."""
    parts = [f"### {page.name}", page.title, *map(grid, page.grids)]
    return "\n\n".join([*parts, "\n".join(f"- {remark}" for remark in page.remarks)]) + "\n"


def differences(page: Page) -> str:
    """Write the title and the comparisons, or the lines where none are compared, without the rest of the page."""
    return "\n\n".join([page.title, *map(grid, page.grids[1:] or page.grids)]) + "\n"


def grid(found: Grid) -> str:
    """Return a grid as Markdown."""
    return to_markdown(found.head, found.body)
