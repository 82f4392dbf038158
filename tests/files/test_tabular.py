import csv

from snnexp.files.tabular import to_csv, to_markdown


def test_csv_reads_back_with_empty_cells_for_what_is_missing():
    text = to_csv(["name", "value"], [{"name": 'a,"b"\nc', "value": 1.5}, {"name": "none", "value": None}, {}])
    rows = list(csv.reader(text.splitlines(keepends=True)))
    assert rows == [["name", "value"], ['a,"b"\nc', "1.5"], ["none", ""], ["", ""]]


def test_markdown_sets_numbers_to_the_right():
    assert to_markdown(["what", "n"], [("a", "1")]) == "| what | n |\n| --- | ---: |\n| a | 1 |"
