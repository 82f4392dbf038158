from pathlib import Path

import pytest

from snnexp.bench.base.options import parse
from snnexp.errors import UserError


@pytest.mark.parametrize(("name", "why"), [("", "File exists"), ("rows", "Not a directory")])
def test_a_folder_that_cannot_be_written_to_is_refused_before_anything_is_measured(name: str, why: str, tmp_path: Path):
    file = tmp_path / "file"
    file.touch()
    with pytest.raises(UserError, match=rf"^--out {file / name}: cannot be written \({why}\); name another folder$"):
        parse(["--device", "cpu", "--out", str(file / name)])


def test_the_folder_is_made_and_left_empty(tmp_path: Path):
    given = parse(["--device", "cpu", "--out", str(tmp_path / "mine/rows")])
    assert given.out == tmp_path / "mine/rows" and [*given.out.iterdir()] == []
