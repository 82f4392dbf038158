import json
from pathlib import Path

import pytest

from snnexp.errors import UserError
from snnexp.runs.history import History


def history(folder: Path, epochs: range) -> History:
    made = History(folder)
    made.rewind(epochs.start - 1)
    for epoch in epochs:
        made.append({"epoch": epoch, "train_loss": 0.1 * epoch, "test": {"accuracy": 0.5}, "note": "text"})
    return made


def lines(folder: Path) -> list[dict]:
    return [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]


def test_one_line_an_epoch(tmp_path: Path):
    made = history(tmp_path, range(3))
    assert lines(tmp_path) == made.rows == History(tmp_path).rows
    assert [row["epoch"] for row in made.rows] == [0, 1, 2] and made.rows[1]["train_loss"] == 0.1


def test_lines_past_the_checkpoint_are_dropped(tmp_path: Path):
    history(tmp_path, range(5))
    history(tmp_path, range(2, 4))
    assert [row["epoch"] for row in lines(tmp_path)] == [0, 1, 2, 3]


def test_a_line_that_was_cut_off_is_left_out(tmp_path: Path):
    whole = "".join(f"{line}\n" for line in map(json.dumps, history(tmp_path, range(3)).rows))
    for cut in range(0, len(whole), 5):
        (tmp_path / "metrics.jsonl").write_text(whole[:cut])
        complete = whole[:cut].count("\n")
        read = History(tmp_path)
        assert len(read.rows) == complete
        read.rewind(complete - 1)
        assert len(lines(tmp_path)) == complete


def test_a_broken_line_before_the_last_is_told(tmp_path: Path):
    history(tmp_path, range(3))
    path = tmp_path / "metrics.jsonl"
    odd = [f'{{"epoch": 1, "test_loss": {value}}}' for value in ('"x"', "[]", "null", 10**400)]
    odd += ["[" * 9999, '{"epoch": 0}', '{"epoch": 2}', '{"epoch": "1"}']
    for broken in ("{", "[]", '{"loss": 1}', "\udcff", *odd):
        first, _, third = path.read_text(errors="surrogateescape").splitlines()
        path.write_text(f"{first}\n{broken}\n{third}\n", errors="surrogateescape")
        with pytest.raises(UserError, match=r"metrics.jsonl, line 2: not a row of metrics"):
            History(tmp_path)


def test_epochs_that_a_checkpoint_knows_of_must_be_there(tmp_path: Path):
    history(tmp_path, range(2))
    with pytest.raises(UserError, match="epochs up to 2 were trained, and some are missing"):
        History(tmp_path).rewind(2)
