"""What weights were trained on goes with them, and a validation split that they have seen is named."""

import logging
from pathlib import Path

import pytest
import torch

from snnexp.config.compose import compose
from snnexp.datasets.digits import Digits
from snnexp.exports import hub
from snnexp.runs.checkpoint import BEST, WEIGHTS, Source, read_weights
from snnexp.runs.results import read_result
from snnexp.training.lineage import seen, source
from snnexp.training.run import train
from snnexp.training.trained import load

SMALL = ["backbone.width=2", "T=1", "trainer.epochs=1", "trainer.batch_size=500", "device=cpu", "threads=1"]
DATA = {"training": {"files": 3, "sha256": "a"}, "test": {"files": 1, "sha256": "b"}}
LABELS = torch.arange(100) % 5


def trained(validation: float, data: dict = DATA, share: float = 1.0, name: str = "digits") -> Source:
    return source(name, data, {"validation": validation, "share": share, "root": None})


def told(begun: list, validation: float) -> list[str]:
    return list(seen(begun, trained(validation), Digits(), LABELS))


def test_the_samples_that_the_first_weights_have_seen_are_counted():
    assert told([trained(0.2)], 0.2) == []
    (all_of_them,) = told([trained(0.0)], 0.2)
    assert "trained on 20 of the 20 samples held out for validation, whose figures are too good; begin" in all_of_them
    (some,) = told([trained(0.1)], 0.2)
    assert "trained on 10 of the 20 samples" in some
    assert told([trained(0.3)], 0.2) == []  # the larger share of each class holds the smaller one
    (half,) = told([trained(0.0, share=0.5)], 0.2)
    assert 0 < int(half.split("trained on ")[1].split()[0]) < 20
    (one_before,) = told([trained(0.0), trained(0.2)], 0.2)
    assert "trained on 20 of the 20" in one_before


def test_what_cannot_be_known_is_named_and_other_data_are_not():
    others = {"training": {"files": 4, "sha256": "c"}, "test": DATA["test"]}
    for begun in ([None], [trained(0.0, others)]):
        (line,) = told(begun, 0.2)
        assert "may have been trained on samples held out for validation; this cannot be checked" in line
    same_training = DATA | {"test": {"files": 2, "sha256": "d"}, "version": "2"}
    assert "20 of the 20" in told([trained(0.0, same_training)], 0.2)[0]
    assert told([trained(0, others, name="pictures")], 0.2) == told([], 0.2) == []
    assert told([None, trained(0.0)], 0.0) == []  # nothing is chosen by validation


def test_weights_of_folds_have_seen_the_test_set():
    folds = source("digits", DATA, {"validation": 0.0, "share": 1.0, "folds": 4})
    (line,) = told([folds], 0.0)
    assert "trained on folds, so on samples of the test set, whose figures are too good" in line
    assert (
        "samples of the test set and the validation split" in told([folds, trained(0.0)], 0.2)[0]
        and told([trained(0.0)], 0.0) == []
    )


def run(folder: Path, *overrides: str) -> Path:
    return Path(train(compose([*SMALL, f"runs_dir={folder}", *overrides]))["folder"])


def test_a_run_says_what_its_validation_split_was_seen_by(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    monkeypatch.setattr(logging.getLogger("snnexp"), "propagate", True)
    whole = run(tmp_path)
    first = run(tmp_path, f"init_from={whole}", "dataset.validation=0.2")
    line = "init_from: its weights were trained on 287 of the 287 samples held out for validation"
    assert [each.partition(",")[0] for each in read_result(first)["warnings"]] == [line] and line in caplog.text
    (exported := tmp_path / "hub").mkdir()
    hub.write(load(first), exported)
    for place in (first, exported / WEIGHTS):  # seen by the run before the last one; a copy knows as well
        second = run(tmp_path, f"init_from={place}", "dataset.validation=0.2", "optimizer.lr=0.01")
        assert [each.partition(",")[0] for each in read_result(second)["warnings"]] == [line]

    divided = run(tmp_path, "dataset.validation=0.2")
    clean = run(tmp_path, f"init_from={divided}", "dataset.validation=0.2")
    assert read_result(clean)["warnings"] == []
    assert [each and each["validation"] for each in read_weights(clean / BEST).trained_on] == [0.2, 0.2]
