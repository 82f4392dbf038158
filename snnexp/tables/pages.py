"""Pages of docs/ with generated parts: what stands between `<!-- name -->` and `<!-- /name -->`."""

from pathlib import Path

from snnexp.errors import UserError


def replace(page: Path, name: str, text: str) -> None:
    """Put `text` between the marks of a page; what stands around them is kept.

    Raises:
        UserError: no such page, or none with the marks.
    """
    page.write_text(replaced(page, name, text))


def replaced(page: Path, name: str, text: str) -> str:
    """Return a page's content with `text` between its marks.

    Raises:
        UserError: no such page, or none with the marks.
    """
    begin, end = f"<!-- {name} -->\n", f"<!-- /{name} -->"
    found = page.read_text() if page.exists() else ""
    before, opened, rest = found.partition(begin)
    _, closed, after = rest.partition(end)
    if not (opened and closed):
        raise UserError(f"{page}: needs the lines {begin.strip()} and {end}; run this in a checkout of snnexp")
    return f"{before}{begin}{text}{end}{after}"
