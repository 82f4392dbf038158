"""A recording begins and ends with its block."""

import pytest
import torch
from constants import RMP

from snnexp.neurons.base import RECORDER, Site, recording
from snnexp.neurons.lif import Lif
from snnexp.surrogates.rectangle import Rectangle


def test_collects_in_forward_order_and_ends_even_after_an_error():
    first, second = (Lif(Site(name, i, 3, 2, "inner"), Rectangle(), **vars(RMP)) for i, name in enumerate("ab"))
    x = torch.randn(2, 4, 3)
    with pytest.raises(RuntimeError), recording() as records:
        second(first(x))
        raise RuntimeError
    assert [record.site.name for record in records] == ["a", "b"]
    assert RECORDER.get() is None
    first(x)
    assert len(records) == 2
