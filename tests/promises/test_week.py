"""A researcher's first week: own data, a validation split, fine-tuning, more epochs, and a look at what came of it."""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest
import torch
import yaml
from PIL import Image
from safetensors.torch import load_file

pytest.importorskip("wandb")
pytest.importorskip("mlflow")
from mlflow import MlflowClient
from wandb_files import history

import snnexp
from snnexp.commands import main
from snnexp.datasets.base.loader import Loader
from snnexp.runs.results import read_result
from snnexp.sweeps.jobs import Job
from snnexp.sweeps.launchers.base import Launcher
from snnexp.sweeps.sweepers.base import SweepOptions
from snnexp.sweeps.sweepers.optuna import OptunaSweeper
from snnexp.training.run import train

TINY = ["backbone.width=2", "T=2", "device=cpu", "threads=1", "schedule=constant"]
# A camera that tells of rising intensity alone: digits as events in one channel.
CAMERA = """
from snnexp.datasets.digits_dvs import DigitsDvs


class Camera(DigitsDvs):
    in_channels = 1

    def record(self, images, T):
        return super().record(images, T)[:, :, 1:]

    def normalize(self, x):
        return x.transpose(0, 1).float().contiguous()
"""
YAML = """# digits as the events of a camera
_target_: camera.Camera
sensor: 8
digit: 6
travel: 2.0
steps: 12
threshold: 0.4
dark: 0.1
"""
TUNED = [
    "dataset=camera",
    "augment=none",
    "trainer.freeze=[stem,spike1]",
    "--config-dir=configs",
    "--allow-module=camera",
]
OFFLINE = {"WANDB_MODE": "offline", "MLFLOW_ALLOW_FILE_STORE": "true", "MLFLOW_TRACKING_URI": "mlruns"}


@pytest.fixture(scope="module")
def week(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The folder of the week, with pictures and recordings of one's own; what is trained there stays for the others."""
    folder = tmp_path_factory.mktemp("week")
    for split in ("train", "test"):
        for place, name in enumerate(("left", "right")):
            pictures, recordings = (folder / kind / split / name for kind in ("pictures", "recordings"))
            pictures.mkdir(parents=True)
            recordings.mkdir(parents=True)
            for i in range(4):
                drawn = np.zeros((8, 8, 3), np.uint8)
                drawn[:, 4 * place : 4 * place + 4] = 60 * i + 50
                Image.fromarray(drawn).save(pictures / f"{i}.png")
                events = [[4 * place + t % 4, t % 8, 1000 * t + i, t % 2] for t in range(40)]
                np.save(recordings / f"{i}.npy", np.array(events))
    (folder / "configs" / "dataset").mkdir(parents=True)
    (folder / "configs" / "dataset" / "camera.yaml").write_text(YAML)
    (folder / "camera.py").write_text(CAMERA)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.syspath_prepend(folder)
        yield folder


def trained(*words: str) -> Path:
    """The folder of a run that the command line trains in the folder of the week."""
    before = {*Path("runs").glob("*/*-s*")}
    assert main(["train", *TINY, *words]) == 0
    (run,) = {*Path("runs").glob("*/*-s*")} - before
    return run


@pytest.mark.parametrize(
    ("kind", "size"),
    [("image_folder", ["size=8", "resize=8", "workers=0"]), ("event_folder", ["height=8", "width=8"])],
    ids=["pictures", "recordings"],
)
def test_own_data_train_and_are_predicted(kind: str, size: list[str], week: Path, capsys: pytest.CaptureFixture):
    place = week / ("pictures" if kind == "image_folder" else "recordings")
    own = [f"dataset={kind}", f"dataset.root={place}", *(f"dataset.{each}" for each in size), "augment=none"]
    run = trained(*own, "trainer.epochs=1", "dataset.validation=0.25")
    assert read_result(run)["data"].startswith(f"{kind}: ") and "2 classes" in read_result(run)["data"]
    (file,) = (place / "test" / "right").glob("0.*")
    capsys.readouterr()
    assert main(["predict", str(run), str(file), "--json"]) == 0
    assert [*json.loads(capsys.readouterr().out)["probabilities"]] == ["left", "right"]
    for format in ("hub", "nir"):
        assert main(["export", str(run), "--format", format]) == 0
        assert all(Path(line).is_file() for line in capsys.readouterr().out.split())
    assert main(["data", "show", *(word.removeprefix("dataset=") for word in own[:1]), *own[1:-1]]) == 0
    assert Path(f"{kind}.png").stat().st_size > 5000


@pytest.fixture(scope="module")
def first(week: Path) -> Path:
    """A digits run whose epoch is chosen on a validation split."""
    return trained("trainer.epochs=2", "dataset.validation=0.2")


@pytest.fixture(scope="module")
def tuned(first: Path) -> Path:
    """It fine-tuned on digits as one camera's events, the stem as it was, and shown by every logger."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in OFFLINE.items():
            patch.setenv(name, value)
        return trained(*TUNED, f"init_from={first}", "trainer.epochs=2", "logger=[tensorboard,wandb,mlflow]")


class Here(Launcher):
    """Trains in this process."""

    def launch(self, jobs: Sequence[Job]) -> list[str]:
        return [train(job.composed) and "" for job in jobs]


def rows(run: Path) -> list[dict]:
    return [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]


def test_validation_chooses_epochs_and_a_search_s_best_and_the_test_set_is_opened_once_a_run(
    week: Path, monkeypatch: pytest.MonkeyPatch
):
    opened, plain = [], Loader.epoch

    def epoch(self, number, start=0):
        opened.extend([] if self.shuffle else [self.samples])
        return plain(self, number, start)

    monkeypatch.setattr(Loader, "epoch", epoch)
    sweeper = OptunaSweeper(
        n_trials=2, n_jobs=1, seed=0, metric="validation_accuracy", direction="maximize", storage=None
    )
    words = [
        *TINY,
        "trainer.epochs=2",
        "dataset.validation=0.2",
        "runs_dir=searched",
        "optimizer.lr=interval(0.01,0.1)",
    ]
    assert sweeper.sweep(words, SweepOptions(), Here()) == 0
    validation = opened[0]
    assert opened == [validation, validation, 360] * 2 and validation < 360
    runs = {run: read_result(run) for run in Path("searched").glob("quickstart/*-s1")}
    for run, result in runs.items():
        accuracies = [row["validation_accuracy"] for row in rows(run)]
        assert result["best_epoch"] == accuracies.index(max(accuracies))
        assert all("test_accuracy" not in row for row in rows(run)) and "chosen_test_accuracy" in result
    (found,) = Path("searched").glob("sweeps/*/optimization_results.yaml")
    best = yaml.safe_load(found.read_text())
    assert best["best_value"] == max(rows(run)[-1]["validation_accuracy"] for run in runs) and len(runs) == 2
    assert rows(Path(best["folder"]))[-1]["validation_accuracy"] == best["best_value"]


def test_a_frozen_stem_keeps_its_bits_and_more_epochs_go_on_from_the_end(first: Path, tuned: Path):
    before, after = load_file(first / "best.safetensors"), load_file(tuned / "model.safetensors")
    frozen = [name for name in after if name.startswith(("stem", "spike1"))]
    assert frozen and all(after[name].equal(before[name]) for name in frozen)
    assert not after["conv2.module.weight"].equal(before["conv2.module.weight"])
    longer = trained(*TUNED, f"init_from={first}", "trainer.epochs=3")
    assert read_result(longer)["continued"] == tuned.name and len(rows(longer)) == 3


def test_both_loggers_hold_what_the_run_holds(tuned: Path):
    (file,) = tuned.glob("wandb/offline-run-*/*.wandb")
    assert [{"epoch": row.pop("_step")} | row for row in history(file)] == rows(tuned)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MLFLOW_ALLOW_FILE_STORE", "true")
        client, name = MlflowClient("mlruns"), (tuned / "mlflow.id").read_text().strip()
        for key in rows(tuned)[0].keys() - {"epoch"}:
            told = [metric.value for metric in client.get_metric_history(name, key)]
            assert told == [row[key] for row in rows(tuned)]
        assert client.get_run(name).data.metrics["result/test_accuracy"] == read_result(tuned)["test_accuracy"]


def test_a_run_is_looked_at(first: Path, capsys: pytest.CaptureFixture):
    capsys.readouterr()
    assert main(["plot", str(first), "--sample", "2"]) == 0
    assert Path(capsys.readouterr().out.strip()).read_bytes().startswith(b"\x89PNG")
    run = snnexp.load(first)
    x, y = run.sample(2)
    recorded = run.record(x)
    assert recorded.spikes.keys() == recorded.potentials.keys() and run.predict(x).shape == (1, 10)
    Image.fromarray(run.dataset.load(1)[1].x[2, 0].numpy()).save("two.png")
    found = run.classify(Path("two.png"))
    assert [*found.values()] == pytest.approx(torch.softmax(recorded.logits, 1)[0].tolist(), abs=1e-6)
    assert 0 <= int(y) < 10
