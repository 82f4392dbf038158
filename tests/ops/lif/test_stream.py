"""Pieces of an input give what the whole gives: spikes, potentials and every gradient, in each form of the operator."""

import inspect
from dataclasses import replace
from types import ModuleType

import pytest
import torch
from constants import RMP

from snnexp.ops import lif as operator
from snnexp.ops.lif import Constants, compiled, reference
from snnexp.ops.lif.stream import stream
from snnexp.surrogates.triangle import Triangle

TRIANGLE = Triangle(gamma=1.0)


def current(T: int = 7) -> torch.Tensor:
    return torch.randn(T, 2, 3, 4, dtype=torch.float64, generator=torch.Generator().manual_seed(1))


def in_pieces(x: torch.Tensor, constants: Constants, lengths: list[int]) -> tuple[torch.Tensor, torch.Tensor]:
    """Spikes and potentials of all pieces, from a potential of 0."""
    v, spikes, v_pres = torch.zeros_like(x[0]), [], []
    for piece in x.split(lengths):
        out = stream(piece, v, constants, TRIANGLE, return_v_pre=True)
        spikes, v_pres, v = [*spikes, out.spikes], [*v_pres, out.v_pre], out.v
    return torch.cat(spikes), torch.cat(v_pres)


@pytest.mark.parametrize("form", [reference, compiled], ids=["reference", "compiled"])
@pytest.mark.parametrize("reset", ["hard", "soft"])
@pytest.mark.parametrize("detached", ["nothing", "reset", "state"])
@pytest.mark.parametrize("decay_input", [False, True])
def test_pieces_give_what_the_whole_gives(
    form: ModuleType, reset, detached, decay_input, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(operator, "form", lambda device: form)
    constants = replace(RMP, reset=reset, decay_input=decay_input, v_reset=0.0 if decay_input else 0.1)
    constants = replace(constants, detach_reset=detached == "reset", detach_state=detached == "state")
    weights = current().flip(0), current().flip(1)
    found = []
    for whole in (True, False):
        x, decay = current().requires_grad_(), torch.tensor(0.6, dtype=torch.float64, requires_grad=True)
        given = replace(constants, decay=decay)
        if whole:
            out = reference.lif(x, given, TRIANGLE, return_v_pre=True)
            spikes, v_pre = out.spikes, out.v_pre
        else:
            spikes, v_pre = in_pieces(x, given, [3, 1, 3])
        (weights[0] * spikes + weights[1] * v_pre).sum().backward()
        found.append([spikes, v_pre, x.grad, decay.grad])
    assert 0 < found[0][0].mean() < 1
    for whole, pieces in zip(*found, strict=True):
        torch.testing.assert_close(pieces, whole, rtol=0, atol=1e-12)


def test_one_step_may_stand_for_many_and_halves_keep_their_state_in_float32():
    x = current(1)
    out = stream(x, torch.zeros_like(x[0]), RMP, TRIANGLE, T=5)
    again = operator.lif(x, RMP, TRIANGLE, T=5)
    torch.testing.assert_close((out.spikes, out.firing_rate), (again.spikes, again.firing_rate))
    half = stream(current().bfloat16(), out.v.bfloat16(), RMP, TRIANGLE)
    assert half.spikes.dtype == torch.bfloat16 and half.v.dtype == torch.float32 and half.v_pre is None


@pytest.mark.parametrize("shape", [(3, 4), (1, 3, 4), (2, 3, 1)])
def test_a_potential_of_another_shape_is_refused_where_it_would_be_repeated(shape: tuple[int, ...]):
    with pytest.raises(ValueError, match="must have that of one step of x, "):
        inspect.unwrap(stream)(current(), torch.zeros(shape), RMP, TRIANGLE)
