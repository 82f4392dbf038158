"""Other data are another run: what was found to give one set's figures for another's."""

import re
import shutil
from pathlib import Path

import pytest
from event_files import bin40, blob, gesture, place

from snnexp.commands import main
from snnexp.runs.results import read_result
from snnexp.training.journal import RunJournal

WORDS = ["dataset=nmnist", "augment=none", "backbone.width=2", "T=1", "device=cpu", "trainer.epochs=2"]


def recordings(root: Path, train: int, test: int, seed: int) -> str:
    """N-MNIST recordings below a folder, and the word for it."""
    for part, count in (("Train", train), ("Test", test)):
        for number in range(count):
            events = blob(seed + number, n=300, span=300_000, sensor=(34, 34))
            place(root / "N-MNIST" / part / str(number % 10) / f"{number:05d}.bin", bin40(events))
    return f"dataset.root={root}"


def train(runs: Path, *words: str) -> int:
    return main(["train", *WORDS, f"runs_dir={runs}", *words])


def figures(runs: Path) -> list[tuple[float, int]]:
    """Accuracy and number of test recordings of each finished run."""
    results = [read_result(path.parent) for path in runs.glob("*/*/result.json")]
    return sorted((result["quantization_error"], result["identity"]["data"]["test"]["files"]) for result in results)


def test_each_root_has_its_own_run_wherever_it_is_moved_to(tmp_path: Path, capsys: pytest.CaptureFixture):
    a, b = recordings(tmp_path / "a", 20, 10, seed=0), recordings(tmp_path / "b", 60, 30, seed=99)
    for number, word in enumerate((a, b)):
        assert train(tmp_path / "both", word) == train(tmp_path / f"alone{number}", word) == 0
    assert figures(tmp_path / "both") == sorted(figures(tmp_path / "alone0") + figures(tmp_path / "alone1"))
    said = capsys.readouterr().err
    assert "which has other data, 30 files of 45,000 bytes" in said and "finished before" not in said
    (run,) = (tmp_path / "alone0").glob("*/*")
    assert main(["eval", str(run), b]) == 0
    assert "other data than the run's: 90 files of 135,000 bytes in place of 30 files" in capsys.readouterr().out
    assert main(["eval", str(run)]) == 0 and "other data" not in capsys.readouterr().out
    shutil.move(tmp_path / "a", tmp_path / "c")
    assert train(tmp_path / "both", f"dataset.root={tmp_path / 'c'}") == 0
    assert "finished before" in capsys.readouterr().err and len(figures(tmp_path / "both")) == 2


def test_a_run_stopped_on_one_root_does_not_go_on_with_another(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    a, b = recordings(tmp_path / "a", 20, 10, seed=0), recordings(tmp_path / "b", 20, 10, seed=99)

    def stopped(*_) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(RunJournal, "stopped_by", stopped)
        assert train(tmp_path / "runs", a) == 75
    assert train(tmp_path / "runs", b) == train(tmp_path / "fresh", b) == 0
    assert figures(tmp_path / "runs") == figures(tmp_path / "fresh")


def test_official_recordings_placed_later_are_trained_on(tmp_path: Path, capsys: pytest.CaptureFixture):
    words = ["exp=asa_vanilla_dvs128_gesture", f"dataset.root={tmp_path}", f"runs_dir={tmp_path / 'runs'}"]
    for part in ("Train", "Test"):
        place(tmp_path / "DVSGesture" / f"ibmGesture{part}" / "user1" / "0.npy", b"12")
    folders = set()
    for _ in range(2):
        assert main(["sweep", *words, "--dry-run"]) == 0
        folders.add(re.search(r"[0-9a-f]{10}-s1", capsys.readouterr().out)[0])  # type: ignore[index]
        gesture(tmp_path, {1: blob(1), 24: blob(24)}, "1,0,1000000\n")
    assert len(folders) == 2


def test_a_sweep_over_roots_trains_on_each_set_once(tmp_path: Path, capsys: pytest.CaptureFixture):
    recordings(tmp_path / "a", 3, 2, seed=0), recordings(tmp_path / "b", 3, 2, seed=9)
    shutil.copytree(tmp_path / "a", tmp_path / "copy")
    roots = ",".join(f"{tmp_path / name}" for name in ("a", "b", "copy"))
    assert main(["sweep", *WORDS, f"runs_dir={tmp_path / 'runs'}", f"dataset.root={roots}", "--dry-run"]) == 0
    first, *jobs = capsys.readouterr().out.splitlines()
    assert first == "0 done, 0 failed, 2 to do"
    assert [f"dataset.root={tmp_path / name}" in job for name, job in zip("ab", jobs, strict=True)] == [True, True]
