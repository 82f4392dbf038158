import random
from pathlib import Path

import pytest

from snnexp.errors import UserError
from snnexp.runs import results

RESULT = {"test_accuracy": 0.98, "best_test_accuracy": 0.99, "best_epoch": 4, "firing_rate": 0.125}
RESULT |= {"quantization_error": 0.0625, "layers": [{"name": "stem", "firing_rate": 1e-17}], "betas": (0.9, 0.1)}


def test_what_is_written_is_read(tmp_path: Path):
    results.write_result(tmp_path, RESULT)
    assert results.read_result(tmp_path) == RESULT | {"betas": [0.9, 0.1]}


def test_an_edit_is_noticed(tmp_path: Path):
    results.write_result(tmp_path, RESULT)
    path = tmp_path / "result.json"
    text = path.read_text()
    edits = [text.replace("0.98", "0.99"), text.replace("sha256", "sha"), "", "[]", "{", text[:-9], text + " "]
    edits += [text.replace(digit, "7", 1) for digit in random.Random(0).sample("012345689abcdef", 9)]
    for edited in edits:
        path.write_text(edited)
        with pytest.raises(UserError, match=r"result.json: changed since it was written; remove it"):
            results.read_result(tmp_path)


def test_a_run_without_result_or_config_is_told(tmp_path: Path):
    with pytest.raises(UserError, match="the run has not finished"):
        results.read_result(tmp_path)
    with pytest.raises(UserError, match="no run there"):
        results.read_config(tmp_path)
    (tmp_path / "config.yaml").write_text("a: [")
    with pytest.raises(UserError, match="not a config"):
        results.read_config(tmp_path)


def test_summary():
    operations = {"Effective_MACs": 21035.2, "Effective_ACs": 5640564.3, "energy_pj": 5173269.7}
    operations["energy_constants"] = {"process": "45 nm"}
    shown = results.summary(
        RESULT
        | {"data": "digits: 1437 training, 360 test images", "folder": "runs/quickstart/1-s1"}
        | {"synaptic_operations": operations}
    )
    assert shown.splitlines() == [
        "test accuracy       98.00 % (best 99.00 % in epoch 5)",
        "firing rate         0.1250",
        "quantization error  0.0625",
        "operations          0.021 M MAC and 5.64 M AC, 5.17 µJ at 45 nm",
        "data                digits: 1437 training, 360 test images",
        "folder              runs/quickstart/1-s1",
    ]


def test_summary_of_an_evaluation():
    figures = {"test_accuracy": 0.5, "firing_rate": 0.25, "quantization_error": 0.125, "folder": "somewhere"}
    assert results.summary(figures).splitlines()[0] == "test accuracy       50.00 %"


def test_summary_of_clips_tells_both_rules_and_the_maps():
    layers = [{"null_maps": 0.5, "noise_maps": 0.25, "normal_maps": 0.25, "noise_spikes": 0.1}] * 2 + [{"name": "fc"}]
    figures = {"test_accuracy": 0.5, "test_accuracy_plurality": 0.75, "quantization_error": 0.125, "folder": "x"}
    figures |= {"firing_rate": 0.25, "firing_rate_layer_mean": 0.375, "layers": layers}
    assert results.summary(figures).splitlines()[:4] == [
        "test accuracy       50.00 %, by plurality 75.00 %",
        "firing rate         0.2500 (mean of the layers 0.3750)",
        "quantization error  0.1250",
        "firing maps         0.500 null, 0.250 noise, 0.250 normal",
    ]
