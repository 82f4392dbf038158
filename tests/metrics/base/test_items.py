import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from snnexp.metrics.base.items import decode, encode


def test_bits_by_hand():
    assert encode(np.array([True, False, True])) == "3:a0" and encode(np.array([], dtype=bool)) == "0:"


@given(st.lists(st.booleans(), max_size=40))
def test_what_is_written_is_read(right: list[bool]):
    assert decode(encode(np.array(right, dtype=bool))).tolist() == right
