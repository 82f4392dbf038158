from pathlib import Path

import pytest

from snnexp.errors import UserError
from snnexp.tables.pages import replace


def test_puts_a_text_between_its_marks_and_keeps_the_rest(tmp_path: Path):
    page = tmp_path / "page.md"
    page.write_text("a\n<!-- x -->\nold\n<!-- /x -->\nb\n<!-- y -->\nkept\n<!-- /y -->")
    for text in ("new\n", "", "newer\n"):
        replace(page, "x", text)
        assert page.read_text() == f"a\n<!-- x -->\n{text}<!-- /x -->\nb\n<!-- y -->\nkept\n<!-- /y -->"


@pytest.mark.parametrize("text", [None, "", "<!-- x -->\n", "<!-- /x -->\n<!-- x -->\n", "<!-- y -->\n<!-- /y -->"])
def test_a_page_without_the_marks_is_refused_and_kept(text: str | None, tmp_path: Path):
    page = tmp_path / "page.md"
    if text is not None:
        page.write_text(text)
    with pytest.raises(UserError, match=r"page.md: needs the lines <!-- x --> and <!-- /x -->"):
        replace(page, "x", "new")
    assert (page.read_text() if page.exists() else None) == text
