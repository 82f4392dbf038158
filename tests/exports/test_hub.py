"""The folder for a hub: it is a run to `snnexp eval`, and its card says what result.json says."""

import re
from pathlib import Path

import pytest
import yaml

from snnexp.commands import main
from snnexp.exports.hub.card import figures
from snnexp.runs.results import read_result

FILES = {"README.md", "config.yaml", "model.safetensors", "result.json"}


@pytest.fixture
def hub(finished: Path, tmp_path: Path, capsys: pytest.CaptureFixture) -> Path:
    """Its export."""
    assert main(["export", str(finished), "--out", str(tmp_path / "hub")]) == 0
    assert {Path(line) for line in capsys.readouterr().out.split()} == {tmp_path / "hub" / name for name in FILES}
    return tmp_path / "hub"


def accuracy(output: str) -> str:
    """The accuracy in what `train` and `eval` print."""
    return re.findall(r"^test accuracy +([\d.]+ %)", output, re.MULTILINE)[0]


def test_eval_gives_the_recorded_accuracy(finished: Path, hub: Path, capsys: pytest.CaptureFixture):
    recorded = read_result(finished)["test_accuracy"]
    assert recorded > 0.3
    assert main(["eval", str(hub), "device=cpu"]) == 0
    assert accuracy(capsys.readouterr().out) == f"{100 * recorded:.2f} %"
    assert (hub / "model.safetensors").read_bytes() == (finished / "model.safetensors").read_bytes()


def test_leaves_out_the_places_of_this_machine(finished: Path, hub: Path):
    told = {path.name for path in hub.iterdir() if b"private" in path.read_bytes()}
    assert not told and b"private" in (finished / "result.json").read_bytes()
    result, original = read_result(hub), read_result(finished)
    assert {key for key in original if result[key] != original[key]} == {"config", "overrides", "files"}
    assert yaml.safe_load((hub / "config.yaml").read_text()) == original["config"] | {"runs_dir": "runs"}


def test_the_card_says_what_was_measured(hub: Path):
    card, result = (hub / "README.md").read_text(), read_result(hub)
    for text in (
        f"| test accuracy | {100 * result['test_accuracy']:.2f} %",
        f"| firing rate | {result['firing_rate']:.4f} (mean of the layers {result['firing_rate_layer_mean']:.4f}) |",
        f"| quantization error | {result['quantization_error']:.4f} |",
        f"| seed | {result['seed']} |",
        f"| torch | {result['torch']} |",
        "snnexp train backbone.width=4 T=2 trainer.epochs=1 device=cpu 'regularizer=[rmp]'\n",
        *(f"| {each['name']} | {each['neurons']} | {each['firing_rate']:.4f} |" for each in result["layers"]),
    ):
        assert text in card
    assert figures(result | {"epochs": 7})["training"].startswith("7 epochs in ")  # stopped early


def test_a_hub_reads_the_figures(hub: Path):
    cards = pytest.importorskip("huggingface_hub")
    data = cards.ModelCard.load(hub / "README.md").data
    result = read_result(hub)
    names = {"accuracy": "test_accuracy", "firing_rate": "firing_rate", "quantization_error": "quantization_error"}
    assert {each.metric_type: each.metric_value for each in data.eval_results} == {
        kind: result[name] for kind, name in names.items()
    }
    assert (data.library_name, data.eval_results[0].dataset_name) == ("snnexp", "digits")


def test_the_cards_code_runs(hub: Path, monkeypatch: pytest.MonkeyPatch):
    (code,) = re.findall(r"^```python\n(.*?)^```$", (hub / "README.md").read_text(), re.MULTILINE | re.DOTALL)
    monkeypatch.chdir(hub)
    found: dict = {}
    exec(code, found)
    assert found["logits"].shape == (1, 10) and not found["network"].training


def test_replaces_an_export_but_nothing_else(finished: Path, hub: Path, capsys: pytest.CaptureFixture):
    (hub / ".git").mkdir()
    before = (hub / "config.yaml").read_bytes()
    (hub / "config.yaml").write_text("of an earlier one")
    assert main(["export", str(finished), "--out", str(hub)]) == 0
    assert (hub / "config.yaml").read_bytes() == before
    result = (finished / "result.json").read_bytes()
    assert main(["export", str(hub), "--out", str(finished)]) == 2
    assert "which is no export's; name an empty folder" in capsys.readouterr().err
    assert (finished / "result.json").read_bytes() == result
