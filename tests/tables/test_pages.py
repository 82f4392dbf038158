from dataclasses import replace as replaced
from pathlib import Path

import pytest

from snnexp.errors import UserError
from snnexp.tables import PAGES, condition, records, request
from snnexp.tables.kept import main
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


def test_the_pages_are_written_anew_from_the_kept_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    name = "rmp_ablation-small.csv"
    kept = (Path(__file__).parents[2] / "results/tables" / name).read_text()
    monkeypatch.chdir(tmp_path)
    for folder in ("results/tables", "docs"):
        Path(folder).mkdir(parents=True)
    Path("results/tables", name).write_text(kept)
    for page in PAGES:
        page.write_text("<!-- table rmp_ablation small -->\nstale\n<!-- /table rmp_ablation small -->\n")
    main()
    assert all("stale" not in page.read_text() and "RMP against vanilla" in page.read_text() for page in PAGES)
    path = Path("results/tables", name)
    now = {row.name: condition(row).key for row in request("rmp_ablation", "small").rows}
    found = [replaced(each, config=now[each.row]) for each in records.read(path)]
    records.write(path, found)
    main()
    records.write(path, [replaced(found[0], config="0123456789")])
    with pytest.raises(UserError, match="runs of vanilla have another config than the yaml now; train by `snnexp rep"):
        main()
