"""ONNX: ONNX Runtime gives the network's logits, for any number of samples."""

from pathlib import Path

import pytest
import torch

import snnexp

pytest.importorskip("onnxscript")
onnx = pytest.importorskip("onnx")
ours = pytest.importorskip("snnexp.exports.onnx")

slow = pytest.mark.slow
FRAMES = ["dataset=digits_dvs", "backbone=asa_3layer", "backbone.hidden=16"]
CASES = [
    pytest.param(["regularizer=[asa]", "neuron.reset=soft", "T=2"], id="tied scores, soft reset"),
    pytest.param(FRAMES, id="frames"),
    pytest.param(
        ["dataset=digits_dvs", "regularizer=[ma_snn]", "neuron.v_threshold=0.05", "neuron.decay=1", "T=4"],
        id="attention",
    ),
    pytest.param(["norm=tebn", "T=2"], id="a weight for each step"),
    pytest.param(["norm=bntt", "T=2", "dataset=digits_dvs"], id="statistics of each step"),
    pytest.param(["dataset=cifar10", "backbone=resnet20", "neuron.decay=1", "T=2"], id="residual", marks=slow),
    pytest.param(["dataset=cifar10", "backbone=sew_resnet18", "neuron=plif_stem", "T=2"], id="sums", marks=slow),
]


@pytest.mark.parametrize("overrides", CASES)
def test_onnx_runtime_gives_the_logits(overrides: list[str], drawn, inputs, read):
    pytest.importorskip("onnxruntime")
    run = drawn(*overrides)
    assert ours.write(run, run.folder) == [run.folder / "model.onnx"]
    x = inputs(run)
    with torch.no_grad():
        logits = run.network(x)
    assert logits.std() > 0.01
    torch.testing.assert_close(read(run, "onnxruntime", x)["logits"], logits, atol=1e-5, rtol=1e-5)


def test_a_trained_network_on_real_images(trained, digits, inputs, read):
    ours.write(trained, trained.folder)
    model = onnx.load(trained.folder / "model.onnx")
    onnx.checker.check_model(model, full_check=True)
    assert {each.key: each.value for each in model.metadata_props} == {"T": "2", "run": trained.result["id"]}
    assert str(Path(snnexp.__file__).parents[1]).encode() not in (trained.folder / "model.onnx").read_bytes()
    pytest.importorskip("onnxruntime")
    x = inputs(trained, digits)
    for batch in (x, x[:1]):
        with torch.no_grad():
            logits = trained.network(batch)
        torch.testing.assert_close(read(trained, "onnxruntime", batch)["logits"], logits, atol=1e-5, rtol=1e-5)
