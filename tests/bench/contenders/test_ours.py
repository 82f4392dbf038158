"""Our runs: the operator, the layer with batch norm in both forms, and a training step."""

import pytest

from snnexp.bench.base import Lif, Step
from snnexp.bench.contenders import ours

LAYER = {"name": "layer", "device": "cpu", "dtype": "float32", "T": 2, "N": 2, "features": (4, 4, 4)}
STEP = Step(name="resnet20", device="cpu", dtype="float32", T=2, N=2, network="resnet20", width=2, size=16)


@pytest.mark.parametrize("variant", ["", "pair"])
@pytest.mark.parametrize("residual", [False, True])
def test_the_layer_with_batch_norm_runs(variant: str, residual: bool):
    ours.lif(Lif(norm=True, residual=residual, **LAYER), variant)()


def test_the_operator_and_a_step_run():
    ours.lif(Lif(**LAYER), "")()
    run = ours.step(STEP, "")
    run()
    run()
