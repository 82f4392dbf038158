import io
from pathlib import Path

import numpy as np
import pytest

from snnexp.datasets.base import BrokenData
from snnexp.datasets.base.arrays import array, columns, from_numbers


def saved(value: object) -> bytes:
    file = io.BytesIO()
    np.save(file, np.asarray(value), allow_pickle=True)
    return file.getvalue()


def test_arrays_come_back(tmp_path: Path):
    (tmp_path / "a.npy").write_bytes(saved([[1.5, 2.0]]))
    assert array(tmp_path / "a.npy").tolist() == [[1.5, 2.0]]
    np.savez(tmp_path / "b.npz", x=[1, 2], y=[3, 4], t=np.array([3.0, 4.0]), p=[True, False], other=["text"])
    assert {name: column.tolist() for name, column in columns(tmp_path / "b.npz").items()} == {
        "x": [1, 2], "y": [3, 4], "t": [3.0, 4.0], "p": [True, False],
    }  # fmt: skip


def test_a_header_of_python_2_is_no_matter(tmp_path: Path):
    (tmp_path / "a.npy").write_bytes(saved([1, 2, 3]).replace(b"(3,), ", b"(3L,),"))
    assert array(tmp_path / "a.npy").tolist() == [1, 2, 3]


def test_a_file_of_the_other_kind_is_told(tmp_path: Path):
    (tmp_path / "a.npz").write_bytes(saved([1.5]))
    with pytest.raises(BrokenData, match=r"a.npz: "):
        columns(tmp_path / "a.npz")


def made(**changed: object) -> dict[str, np.ndarray]:
    given = {"x": [1, 2], "y": [3, 4], "t": [5, 6], "p": [0, 1]} | changed
    return {name: np.asarray(column) for name, column in given.items()}


@pytest.mark.parametrize(
    ("t", "tick", "us"),
    [
        ([2**60, 2**60 + 1], 1.0, [2**60, 2**60 + 1]),
        (np.array([1.001, 2.0004]), 1000.0, [1001, 2000]),
        (np.array([1.001, 1.002], np.float32), 1000.0, [1001, 1002]),
        ([0.4, 0.6], 1.0, [0, 1]),
        ([1500, 2500], 0.001, [2, 2]),
    ],
)
def test_times_are_rounded_to_microseconds(t: object, tick: float, us: list[int]):
    assert from_numbers(Path("f"), made(t=t), (9, 9), tick).events["t"].tolist() == us


@pytest.mark.parametrize(
    ("changed", "cause"),
    [
        ({"x": [1.0, 2.5]}, r"event 1: x = 2\.5 is no whole number"),
        ({"t": [1.0, np.inf]}, "event 1: t = inf is no whole number"),
        ({"t": [1e300, 1e308]}, r"event 0: t = 1e\+300 is no whole number"),
        ({"y": ["a", "b"]}, "y holds <U1, no numbers"),
        ({"y": [[1], [2]]}, "columns of unequal length"),
        ({"p": [1]}, "columns of unequal length"),
    ],
)
def test_what_is_no_event_is_told_with_its_number(changed: dict, cause: str):
    with pytest.raises(BrokenData, match=f"^f: {cause}"):
        from_numbers(Path("f"), made(**changed), (9, 9), tick=1000.0)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"PK\3\4 an archive",
        saved([1, 2])[:-3],
        saved({"a": 1}),
        saved([1]).replace(b"(1,)", b"(1, "),
        saved([1]).replace(b"'<i8'", b"'<i8 "),
    ],
    ids=["empty", "archive", "cut", "object", "open bracket", "open string"],
)
def test_what_is_no_array_of_numbers_is_told_in_one_line(tmp_path: Path, data: bytes):
    (tmp_path / "a.npy").write_bytes(data)
    with pytest.raises(BrokenData, match=rf"^{tmp_path / 'a.npy'}: ") as caught:
        array(tmp_path / "a.npy")
    assert len(str(caught.value).splitlines()) == 1
