"""A researcher's first week: own data, a validation split, fine-tuning, more epochs, and a look at what came of it."""

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import load_file

import snnexp
from snnexp.commands import main
from snnexp.datasets.base.loader import Loader
from snnexp.runs.results import read_result

TINY = ["backbone.width=2", "T=2", "device=cpu", "threads=1", "schedule=constant"]


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
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
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


def test_digits_are_tuned_continued_and_looked_at(
    week: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
):
    seen, plain = [], Loader.epoch

    def epoch(self, number, start=0):
        seen.extend([] if self.shuffle else [self.samples])
        return plain(self, number, start)

    with monkeypatch.context() as patch:
        patch.setattr(Loader, "epoch", epoch)
        first = trained("trainer.epochs=2", "dataset.validation=0.2")
    assert seen.count(360) == 1 and len(seen) == 3  # the test set once, validation after each epoch
    rows = [json.loads(line) for line in (first / "metrics.jsonl").read_text().splitlines()]
    assert all("validation_accuracy" in row and "test_accuracy" not in row for row in rows)
    best = max(range(2), key=lambda epoch: (rows[epoch]["validation_accuracy"], -epoch))
    assert read_result(first)["best_epoch"] == best and "test_accuracy" in read_result(first)

    tuned = trained(f"init_from={first}", "trainer.freeze=[stem,spike1]", "trainer.epochs=2", "seed=2")
    before, after = load_file(first / "best.safetensors"), load_file(tuned / "model.safetensors")
    frozen = [name for name in after if name.startswith(("stem", "spike1"))]
    assert frozen and all(after[name].equal(before[name]) for name in frozen)
    assert not after["conv2.module.weight"].equal(before["conv2.module.weight"])

    longer = trained(f"init_from={first}", "trainer.freeze=[stem,spike1]", "trainer.epochs=3", "seed=2")
    assert read_result(longer)["continued"] and len((longer / "metrics.jsonl").read_text().splitlines()) == 3

    capsys.readouterr()
    assert main(["plot", str(longer), "--sample", "2"]) == 0
    assert Path(capsys.readouterr().out.strip()).read_bytes().startswith(b"\x89PNG")
    run = snnexp.load(longer)
    x, y = run.sample(2)
    recorded = run.record(x)
    assert recorded.spikes.keys() == recorded.potentials.keys() and run.predict(x).shape == (1, 10)
    Image.fromarray(run.dataset.load(1)[1].x[2, 0].numpy()).save("two.png")
    found = run.classify(Path("two.png"))
    assert [*found.values()] == pytest.approx(torch.softmax(recorded.logits, 1)[0].tolist(), abs=1e-6)
    assert 0 <= int(y) < 10
