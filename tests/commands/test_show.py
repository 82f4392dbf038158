"""`snnexp show` prints a network and its costs without data."""

import subprocess
import sys

import pytest

from snnexp.commands import main

IMPORTS = "import sys; from snnexp.commands import main; main(['show', 'backbone.width=2']); print(*sys.modules)"


def test_prints_layers_and_costs_without_data(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture):
    monkeypatch.delenv("SNNEXP_DATA", raising=False)
    assert main(["show", "exp=rmp_cifar10", "backbone.width=4", "T=2", "trainer.batch_size=32"]) == 0
    table, _, totals = capsys.readouterr().out.partition("\n\n")
    heading, first, *rows, last = table.splitlines()
    assert heading.split() == ["layer", "what", "steps", "shape", "parameters", "neurons", "operations"]
    # 3 to 4 channels, 3x3 over 32x32 pixels: of each row and each column one product lies over the edge at both ends
    assert first.split() == ["stem.0.module", "Conv", "1", "4x32x32", "108", f"{12 * (3 * 32 - 2) ** 2:,}"]
    assert last.split() == ["head", "Linear", "1", "10", "330", "320"]
    assert sum("Lif" in row for row in rows) == 19
    lines = dict(line.split(maxsplit=1) for line in totals.splitlines())
    assert lines["network"] == "Resnet20, T=2" and "step of 32 samples on a CPU" in lines["memory"]
    assert "optimizer 0.2 MiB" in lines["memory"]


def test_an_unknown_optimizers_state_is_not_made_up(capsys: pytest.CaptureFixture):
    adagrad = [
        "optimizer._target_=torch.optim.Adagrad",
        "~optimizer.momentum",
        "~optimizer.nesterov",
        "~optimizer.fused",
    ]
    assert main(["show", "backbone.width=2", *adagrad]) == 0
    assert "the optimizer's state not known" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["resnet19"], "resnet19: show takes KEY=VALUE"),
        (["backbone=resnet2"], "backbone=resnet2: no such backbone; did you mean resnet20"),
        (["dataset=image_folder", "dataset.root=nowhere"], "dataset image_folder: not found in nowhere"),
    ],
)
def test_refuses(words: list[str], told: str, capsys: pytest.CaptureFixture):
    assert main(["show", *words]) == 2
    assert capsys.readouterr().err.startswith(f"snnexp: {told}")


def test_imports_no_compiler_and_nothing_that_trains():
    done = subprocess.run([sys.executable, "-c", IMPORTS], capture_output=True, text=True, check=True)
    assert not {"torch._dynamo", "sympy", "tensorboard"} & set(done.stdout.splitlines()[-1].split())
