"""The LIF layer hands its constants to the operator and reports to a recording."""

import pytest
import torch

from snnexp.errors import UserError
from snnexp.neurons.base import Site, recording
from snnexp.neurons.lif import Lif
from snnexp.ops.lif import Constants, reference
from snnexp.surrogates.atan import Atan

SITE = Site("inner0", 0, 3, 4, "inner")
CONSTANTS = Constants(
    decay=0.3,
    decay_input=False,
    v_threshold=0.4,
    strict=False,
    reset="soft",
    v_reset=0.0,
    v_subtract=0.7,
    detach_reset=True,
)


def test_is_the_reference_with_its_constants():
    torch.manual_seed(0)
    x = torch.randn(4, 2, 3, 5, 5)
    expected = reference.lif(x, CONSTANTS, Atan(alpha=2.0))
    with recording() as records:
        spikes = Lif(SITE, Atan(alpha=2.0), **vars(CONSTANTS))(x)
    assert torch.equal(spikes, expected.spikes)
    (record,) = records
    assert (record.site, record.neurons, record.x, record.v_pre) == (SITE, 75, None, None)
    torch.testing.assert_close(record.firing_rate, expected.firing_rate)
    torch.testing.assert_close(record.quantization_error, expected.quantization_error)


def test_records_what_is_needed():
    x = torch.randn(4, 2, 3)
    with recording(frozenset({"x", "v_pre"})) as records:
        Lif(SITE, Atan(alpha=2.0), **vars(CONSTANTS))(x)
    expected = reference.lif(x, CONSTANTS, Atan(alpha=2.0), return_v_pre=True)
    assert records[0].x is x
    torch.testing.assert_close(records[0].v_pre, expected.v_pre)


def test_keeps_no_state_between_calls():
    neuron, x = Lif(SITE, Atan(alpha=2.0), **vars(CONSTANTS)), torch.randn(4, 2, 3)
    assert torch.equal(neuron(x), neuron(x))
    assert list(neuron.state_dict()) == []


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"decay": 1.5}, r"neuron\.decay=1\.5"),
        ({"decay": -0.1}, r"neuron\.decay=-0\.1"),
        ({"v_threshold": 0.0}, r"neuron\.v_threshold=0\.0"),
        ({"decay_input": True, "v_reset": 0.1}, r"neuron\.v_reset=0\.1"),
    ],
)
def test_refuses_constants_out_of_range(change, words):
    with pytest.raises(UserError, match=words):
        Lif(SITE, Atan(alpha=2.0), **vars(CONSTANTS) | change)
