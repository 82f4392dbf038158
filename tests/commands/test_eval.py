"""`snnexp eval`: which run it takes, and by whose permission."""

from pathlib import Path

import pytest

from snnexp.commands import main


def test_eval_finds_the_run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    calls = []
    monkeypatch.setattr("snnexp.training.run.evaluate_main", lambda *given: calls.append(given) or 0)
    (tmp_path / "exp/0123-s1").mkdir(parents=True)
    (tmp_path / "exp/0123-s1/config.yaml").touch()
    assert main(["eval", "--allow-module=a", "0123", f"runs_dir={tmp_path}", "--allow-module", "b", "T=2"]) == 0
    assert calls == [(str(tmp_path / "exp/0123-s1"), [f"runs_dir={tmp_path}", "T=2"], ("a", "b"))]


def test_a_run_with_a_part_of_ones_own_is_tested_and_drawn_by_permission(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
):
    (tmp_path / "myloss.py").write_text(
        "from torch.nn.functional import cross_entropy\n\nfrom snnexp.losses.base import Loss\n\n\nclass Mine(Loss):\n"
        "    def __init__(self, *, smoothing: float):\n        self.smoothing = smoothing\n\n"
        "    def __call__(self, logits, y, progress):\n"
        "        return cross_entropy(logits, y, label_smoothing=self.smoothing)\n"
    )
    (tmp_path / "loss").mkdir()
    (tmp_path / "loss/mine.yaml").write_text("# mine\n_target_: myloss.Mine\nsmoothing: 0.1\n")
    monkeypatch.syspath_prepend(tmp_path)
    small = ["loss=mine", "backbone.width=2", "T=1", "trainer.epochs=1", "device=cpu", f"runs_dir={tmp_path}/runs"]
    allowed = "--allow-module=myloss"
    assert main(["train", *small, "--config-dir", str(tmp_path), allowed]) == 0
    (run,) = (str(path.parent) for path in tmp_path.glob("runs/*/*/result.json"))
    for words in (["eval", run], ["plot", run]):
        assert main(words) == 2 and "--allow-module" in capsys.readouterr().err
        assert main([*words, allowed, "device=cpu"]) == 0
    drawn = capsys.readouterr().out.splitlines()[-4:]
    assert drawn == [f"{run}/figures/{name}.png" for name in ("curves", "layers", "potentials", "firing_maps")]
