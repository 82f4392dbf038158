"""Bytes that a design without detours moves."""

import pytest

from snnexp.bench.base import LifCase

CASE = {"name": "layer", "device": "cpu", "T": 4, "N": 3, "features": (8, 5, 5)}
ELEMENTS = 4 * 3 * 8 * 5 * 5


@pytest.mark.parametrize(
    ("dtype", "norm", "residual", "each"),
    [
        ("bfloat16", False, False, 10),
        ("float32", False, False, 20),
        ("bfloat16", True, False, 16),
        ("bfloat16", True, True, 22),
    ],
)
def test_bytes_an_element_and_step(dtype: str, norm: bool, residual: bool, each: int):
    assert LifCase(dtype=dtype, norm=norm, residual=residual, **CASE).moved == each * ELEMENTS


def test_columns_of_a_layer():
    columns = LifCase(dtype="float32", count=7, **CASE).columns()
    assert columns == {"case": "layer", "dtype": "float32", "T": 4, "N": 3, "shape": "4x3x8x5x5"} | {
        "neurons": 200,
        "count": 7,
    }
