"""`snnexp predict` reads files as the run's own test set was read."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from snnexp.commands import main
from snnexp.config.compose import compose
from snnexp.datasets.base import Events
from snnexp.datasets.base.recorded import Recorded
from snnexp.datasets.digits import Digits
from snnexp.errors import UserError
from snnexp.training.run import train
from snnexp.training.trained import load

SMALL = ["backbone.width=2", "T=2", "trainer.epochs=1", "device=cpu", "threads=1", "augment=none"]


@pytest.fixture(scope="module")
def digits(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return Path(train(compose([*SMALL, f"runs_dir={tmp_path_factory.mktemp('runs')}"]))["folder"])


@pytest.fixture(scope="module", params=["number", "clips"])
def events(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A run on recordings of one's own, framed whole or in clips, and the folder of these."""
    folder = tmp_path_factory.mktemp("data")
    draw = np.random.default_rng(1)
    for split in ("train", "test"):
        for place, kind in enumerate(("left", "right")):
            (folder / split / kind).mkdir(parents=True)
            for i in range(3):
                x, y, p = 4 * place + draw.integers(0, 4, 60), draw.integers(0, 8, 60), draw.integers(0, 2, 60)
                np.save(folder / split / kind / f"{i}.npy", np.stack([x, y, 1000 * np.arange(60), p], axis=1))
    own = ["dataset=event_folder", f"dataset.root={folder}", "dataset.height=8", "dataset.width=8", "dataset.clips=3"]
    words = [*SMALL, *own, f"dataset.framing={request.param}", f"runs_dir={tmp_path_factory.mktemp('runs')}"]
    return Path(train(compose(words))["folder"]), folder


def test_a_picture_is_classified_as_the_sample_that_it_is(digits: Path, tmp_path: Path, capsys: pytest.CaptureFixture):
    _, test = Digits().load(T=1)
    names = [str(tmp_path / f"{index}.png") for index in range(2)]
    for index, name in enumerate(names):
        Image.fromarray(test.x[index, 0].numpy()).save(name)
    assert main(["predict", str(digits), *names, "--json"]) == 0
    found = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    run = load(digits)
    for index, line in enumerate(found):
        expected = run.predict(run.sample(index)[0]).softmax(1)[0].tolist()
        assert line["file"] == names[index] and line["class"] == str(np.argmax(expected))
        assert list(line["probabilities"].values()) == pytest.approx(expected)
    assert main(["predict", str(digits), names[0]]) == 0
    best = max(found[0]["probabilities"].values())
    assert capsys.readouterr().out.startswith(f"{names[0]}: {found[0]['class']} {100 * best:.1f} %, ")


def test_a_recording_is_classified_as_the_sample_that_it_is(
    events: tuple[Path, Path], tmp_path: Path, capsys: pytest.CaptureFixture
):
    folder, data = events
    run = load(folder)
    expected = run.predict(run.sample(4)[0]).softmax(1).mean(0).tolist()
    path = (data / "test" / "right" / "1.npy").rename(tmp_path / "elsewhere.npy")
    assert main(["predict", str(folder), str(path), "--json"]) == 0
    path.rename(data / "test" / "right" / "1.npy")
    found = json.loads(capsys.readouterr().out)["probabilities"]
    assert [*found] == ["left", "right"] and [*found.values()] == pytest.approx(expected)


def test_refuses_what_it_cannot_read(
    digits: Path, events: tuple[Path, Path], tmp_path: Path, capsys: pytest.CaptureFixture
):
    large, text, empty = (tmp_path / name for name in ("large.png", "text.png", "empty.txt"))
    Image.new("L", (9, 8)).save(large)
    text.write_text("no picture")
    empty.touch()
    refused = [
        (digits, large, "9 x 8 pixels, those of digits have 8 x 8; resize it"),
        (digits, text, "no picture that Pillow can read, such as PNG; give another file"),
        (digits, tmp_path, "a folder where a file belongs; give a file"),
        (digits, tmp_path / "nothere.png", f"{tmp_path / 'nothere.png'}: no such file\n"),
        (events[0], tmp_path / "nothere.npy", f"{tmp_path / 'nothere.npy'}: no such file\n"),
        (events[0], empty, "not one of the formats that are read: .bin"),
    ]
    for run, path, told in refused:
        assert main(["predict", str(run), str(path)]) == 2
        error = capsys.readouterr().err
        assert error.startswith(f"snnexp: {path}: ") and told in error and error.count("\n") == 1
    assert main(["predict", str(digits)]) == 2
    assert "name a run and files" in capsys.readouterr().err


def test_a_set_that_reads_no_single_files_says_what_it_lacks(tmp_path: Path):
    for kind, lacks in ((Events, "open_file"), (Recorded, "open_events")):
        own = type("Mine", (kind,), {"__module__": "mine"})
        own.__abstractmethods__ = frozenset()
        with pytest.raises(UserError, match=f"mine reads no single files; its class Mine has no {lacks}"):
            getattr(object.__new__(own), lacks)(tmp_path / "x", *([2] if lacks == "open_file" else []))
