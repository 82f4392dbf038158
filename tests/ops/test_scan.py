"""The scan walks any time step over T: with the LIF's own, it is the LIF operator."""

import subprocess
import sys
from dataclasses import replace

import pytest
import torch
from constants import RMP

from snnexp.ops.lif import Window, measuring, reference, spike
from snnexp.ops.scan import scan
from snnexp.surrogates.atan import Atan
from snnexp.surrogates.rectangle import Rectangle

ATAN, WINDOW = Atan(alpha=2.0), Window((1.0,), None)
LIF = replace(RMP, decay=0.5, v_threshold=1.0, reset="soft")


def step(x, v):
    v_pre = x if v is None else 0.5 * v + x
    s = spike(v_pre, 1.0, ATAN)
    return v_pre, s, v_pre - s


@pytest.mark.parametrize("T", [None, 4])
@pytest.mark.parametrize("dtype", [torch.float64, torch.bfloat16])
def test_is_the_operator_with_its_step(T, dtype):
    torch.manual_seed(0)
    x = (2 * torch.randn(1 if T else 4, 2, 3, 5, dtype=dtype)).requires_grad_()
    g = torch.randn(4, 2, 3, 5, dtype=dtype)
    found = []
    for out in (scan(step, x, WINDOW, T=T, return_v_pre=True), reference.lif(x, LIF, ATAN, T=T, return_v_pre=True)):
        loss = (out.spikes * g).sum().float() + out.quantization_error + out.v_pre.square().sum()
        found.append((*out[:3], out.v_pre, *torch.autograd.grad(loss, x)))
    for ours, theirs in zip(*found, strict=True):
        assert ours.dtype == theirs.dtype
        torch.testing.assert_close(ours, theirs)


def test_measures_what_the_operator_does():
    torch.manual_seed(0)
    x, surrogate = 2 * torch.randn(4, 2, 3, 5, dtype=torch.float64), Rectangle(width=1.5)
    with torch.no_grad(), measuring():
        ours = scan(step, x, Window((1.0,), surrogate.half_width), T=None, return_v_pre=False)
        theirs = reference.lif(x, LIF, surrogate)
    torch.testing.assert_close(ours.potential, theirs.potential)


def test_v_pre_stays_where_nobody_asks():
    assert scan(step, torch.randn(4, 2, 3), WINDOW, T=None, return_v_pre=False).v_pre is None


def test_fires_at_the_threshold_unless_strict():
    v = torch.tensor([0.5, 1.0, 1.5])
    assert [spike(v, 1.0, ATAN, strict=strict).tolist() for strict in (True, False)] == [[0, 0, 1], [0, 1, 1]]


COMPILED = """
import logging, sys
import torch
from snnexp.neurons.base import Site
from snnexp.neurons.layers import Stepwise
from snnexp.ops import scan
from snnexp.ops.lif import measuring, spike
from snnexp.surrogates.esg import Esg
from snnexp.surrogates.rectangle import Rectangle

class Soft(Stepwise):
    v_threshold = 1.0
    def step(self, x, v):
        v_pre = x if v is None else 0.5 * v + x
        s = spike(v_pre, 1.0, self.surrogate)
        return v_pre, s, v_pre - s

class Odd(Soft):
    def step(self, x, v):
        print("", end="", file=sys.stderr)  # which no compiler takes
        return super().step(x, v)

logging.basicConfig(level=logging.INFO, stream=sys.stdout, format="%(message)s")
scan.LEAST = 2
torch.manual_seed(0)
for kind in (Soft, Odd):
    for layer in range(2):
        neuron = kind(Site("a", 0, 3, 3, "inner"), Rectangle())
        for shape, T in (((3, 2, 3, 5), None), ((1, 2, 3, 5), 3), ((3, 4, 3, 7), None)):
            x = (2 * torch.randn(shape)).requires_grad_()
            found = []
            out = neuron.fire(x, T=T, return_v_pre=True)
            fired = out.spikes, out.firing_rate, out.quantization_error, out.v_pre
            for spikes, rate, error, *_, v_pre in (fired, scan.walk(neuron.step, x, neuron.window, 3, True)):
                loss = spikes.square().sum() + error + v_pre.square().sum()
                found.append((spikes, rate, error, v_pre, *torch.autograd.grad(loss, x)))
            for ours, theirs in zip(*found, strict=True):
                torch.testing.assert_close(ours, theirs)
            assert torch.equal(found[0][0], found[1][0])
            with torch.no_grad(), measuring():
                fired = neuron.fire(x, T=T, return_v_pre=False)
                walked = scan.walk(neuron.step, x, neuron.window, 3, False)
            torch.testing.assert_close(fired.potential, walked[3])

progress, surrogate, slopes = torch.tensor(0.0), Esg(), []
surrogate.follow(progress)
neuron, x = Soft(Site("a", 0, 3, 3, "inner"), surrogate), torch.randn(3, 2, 3, 5, requires_grad=True)
for now in (0.0, 0.8):
    progress.fill_(now)  # what was compiled at another place in the training reads it again
    forms = neuron.fire(x, T=None, return_v_pre=False)[0], scan.walk(neuron.step, x, neuron.window, 3, False)[0]
    ours, theirs = (torch.autograd.grad(spikes.sum(), x)[0] for spikes in forms)
    torch.testing.assert_close(ours, theirs)
    slopes.append(ours)
assert not torch.allclose(*slopes)
"""


@pytest.mark.slow
def test_compiled_it_is_the_same_and_what_cannot_be_is_said_and_walked():
    # in a process of its own: the types that tests check at run time cannot be traced
    done = subprocess.run([sys.executable, "-c", COMPILED], capture_output=True, text=True, timeout=500)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    # three shapes, in training and in evaluation, and one in training that keeps no v_pre
    assert len([line for line in lines if line.startswith("compiled Soft for [")]) == 7
    assert [line.partition(":")[0] for line in lines if "Odd" in line] == [
        "Odd cannot be compiled and runs step by step, slower"
    ]
