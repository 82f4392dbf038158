"""Our runs: the operator, the layer with batch norm in both forms, and a training step."""

import subprocess
import sys
from dataclasses import replace

import pytest

from snnexp.backbones.layers import NormSpike
from snnexp.bench.base import Inference, LifCase, StepCase
from snnexp.bench.contenders import ours

LAYER = {"name": "layer", "device": "cpu", "dtype": "float32", "T": 2, "N": 2, "features": (4, 4, 4)}
STEP = StepCase(name="resnet20", device="cpu", dtype="float32", T=2, N=2, network="resnet20", width=2, size=16)


@pytest.mark.parametrize("variant", ["", "pair"])
@pytest.mark.parametrize("residual", [False, True])
def test_the_layer_with_batch_norm_runs(variant: str, residual: bool):
    ours.lif(LifCase(norm=True, residual=residual, **LAYER), variant)()


def test_the_operator_and_a_step_run():
    ours.lif(LifCase(**LAYER), "")()
    run = ours.step(STEP, "")
    run()
    run()


@pytest.mark.parametrize(("variant", "folded"), [("", True), ("pair", False)])
def test_batch_norm_is_fused_unless_told_apart(variant: str, folded: bool, monkeypatch: pytest.MonkeyPatch):
    seen, is_one = [], NormSpike.is_one
    monkeypatch.setattr(NormSpike, "is_one", lambda self: seen.append(is_one(self)) or seen[-1])
    ours.inference(Inference(**vars(STEP)), variant)()
    ours.step(STEP, variant)()
    assert seen == [folded] * 38


@pytest.mark.slow
def test_a_compiled_step_trains_as_ours_does():
    # in a process of its own: the types that tests check at run time cannot be traced
    code = f"""
import torch
from snnexp.bench.base.cases import StepCase
from snnexp.bench.contenders import ours
seen = []
ours.training = lambda case, trainer: seen.append(trainer)
for variant in ("", "compile"):
    ours.step({replace(STEP, network="convnet")}, variant)
torch.manual_seed(0)
x, y = torch.randn(2, 3, 16, 16), torch.tensor([0, 1])
x = torch.nn.functional.interpolate(x, 32)
for trainer in seen:
    trainer.network.train()
    trainer.step(x, y, 0)
assert torch._dynamo.utils.counters["frames"]["ok"] == 1 and not torch._dynamo.utils.counters["graph_break"]
for a, b in zip(*(trainer.network.parameters() for trainer in seen), strict=True):
    torch.testing.assert_close(a, b)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
