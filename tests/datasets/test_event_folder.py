import json
from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
import pytest
from event_files import aedat2, aedat4, aedat31, bin40, blob, place, same

from snnexp.config.compose import compose
from snnexp.datasets.base import BrokenData
from snnexp.datasets.event_folder import EventFolder
from snnexp.errors import UserError
from snnexp.training.run import train

SENSOR = (34, 34)


def npy(path: Path, events: np.ndarray) -> None:
    np.save(path, events)


def rows(path: Path, events: np.ndarray) -> None:
    np.save(path, np.stack([events[name] for name in "xytp"], 1))


def npz(path: Path, events: np.ndarray) -> None:
    np.savez(path, **{name: events[name] for name in "xytp"})


def h5(path: Path, events: np.ndarray, group: str = "events") -> None:
    with h5py.File(path, "w") as file:
        for name in "xytp":
            file.create_dataset(f"{group}/{name}", data=events[name].astype(np.int64))


def packed(pack: Callable[[np.ndarray], bytes]) -> Callable[[Path, np.ndarray], None]:
    return lambda path, events: place(path, pack(events)) and None


FORMATS = {
    "a.bin": packed(bin40),
    "b.bs2": packed(bin40),
    "c.aedat": packed(aedat31),
    "d.npy": npy,
    "e.npy": rows,
    "f.npz": npz,
    "g.h5": h5,
    "h.hdf5": lambda path, events: h5(path, events, "/"),
    "i.aedat4": packed(aedat4),
}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Two classes whose recordings are in all formats."""
    for part, names in {"train": FORMATS, "test": ["f.npz"]}.items():
        for label, name in enumerate(("left", "right")):
            (tmp_path / part / name).mkdir(parents=True)
            for number, file in enumerate(names):
                FORMATS[file](tmp_path / part / name / file, recording(label, number))
    return tmp_path


def recording(label: int, number: int) -> np.ndarray:
    return blob(10 * label + number, n=99 + number, span=300_000, sensor=SENSOR, start=7)


def test_every_format_is_read_with_its_folder_as_the_label(root: Path):
    pytest.importorskip("aedat")
    dataset = EventFolder(root=str(root), height=34, width=34)
    dataset.check()
    assert dataset.num_classes == 2
    train, test = dataset.load(T=4)
    assert train.y.tolist() == [0] * 9 + [1] * 9 and test.y.tolist() == [0, 1]
    assert train.x.shape == (18, 4, 2, 34, 34)
    assert dataset.describe() == "event_folder: 18 training, 2 test recordings (2 classes)"
    for index, (_, events, label) in enumerate(dataset.recordings(train=True)):
        assert same(events, recording(label, index % 9))
    assert train.x.flatten(1).sum(1).tolist() == 2 * [99 + number for number in range(9)]


def test_a_training_takes_its_classes_and_its_size_and_reports_what_was_sorted(
    root: Path, tmp_path_factory: pytest.TempPathFactory, caplog: pytest.LogCaptureFixture
):
    caplog.set_level("INFO", "snnexp")
    for part in ("left", "right"):
        (root / "train" / part / "i.aedat4").unlink()
    late = recording(0, 0)
    late["t"][-1] -= 5  # us, behind the event before it
    late["t"][-2] = late["t"][-1] + 3
    rows(root / "train" / "left" / "z.npy", late)
    words = [f"dataset.root={root}", "dataset.height=34", "dataset.width=34", "backbone.width=2", "T=2"]
    words += ["trainer.epochs=1", "device=cpu", f"runs_dir={tmp_path_factory.mktemp('runs')}"]
    result = train(compose(["dataset=event_folder", *words]))
    sizes = "event_folder: 17 training, 2 test recordings"
    assert result["data"] == f"{sizes} (2 classes, 1 events up to 1 ms behind a later one sorted by time)"
    assert result["data"] == json.loads((Path(result["folder"]) / "result.json").read_text())["data"]
    assert result["data"] in caplog.text
    assert result["test_accuracy"] in (0, 0.5, 1)


@pytest.mark.parametrize("framing", ["number", "time", "clips"])
def test_framings_make_batches_of_T_frames(root: Path, framing: str):
    (root / "train/left/i.aedat4").unlink()
    (root / "train/right/i.aedat4").unlink()
    dataset = EventFolder(root=str(root), height=34, width=34, ds=2, framing=framing, dt=10.0, clips=3)
    _, test = dataset.load(T=4)
    x, y = next(dataset.loader(test, batch_size=2, seed=1, device="cpu", shuffle=False).epoch(0))
    assert x.shape == (4, 6 if framing == "clips" else 2, 2, 17, 17) and y.tolist() == [0, 1]


def test_what_files_do_not_say_is_told_by_the_config(tmp_path: Path):
    events = blob(1, start=7)
    for part in ("fit", "val"):
        place(tmp_path / part / "a" / "1.aedat", aedat2(events, "davis"))
        np.save(tmp_path / part / "a" / "2.npy", np.stack([events["t"] / 1e6, *(events[name] for name in "xyp")], 1))
    told = {"columns": "txyp", "tick": 1e6, "camera": "davis", "train": "fit", "test": "val"}
    (_, davis, _), (_, seconds, _) = EventFolder(root=str(tmp_path), **told).recordings(train=False)
    assert same(seconds, events)
    events["p"] ^= True  # the writer's polarity is that of DailyAction-DVS's reader; the format's is the other
    assert same(davis, events)


def test_hidden_files_and_folders_are_none_and_other_files_are_counted(root: Path):
    place(root / "train" / "left" / "._a.bin", b"")
    place(root / "train" / ".cache" / "x.bin", b"")
    place(root / "train" / "left" / "notes.txt", "none")
    (root / "test/left/f.npz").rename(root / "test/left/F.npz")
    dataset = EventFolder(root=str(root), height=34, width=34, test="test")
    assert len(dataset.files(train=True)) == 18 and dataset.classes == ["left", "right"]
    dataset.samples = 18, 2
    assert "1 files of other formats left out" in dataset.describe()


def test_one_recording_in_two_formats_is_refused(root: Path):
    place(root / "train" / "right" / "a.npz", b"")
    with pytest.raises(BrokenData, match=r"train/right/a\.\w+: exists with another suffix, too; remove one of them"):
        EventFolder(root=str(root), height=34, width=34).load(T=4)


def test_a_changed_layout_is_decoded_anew(tmp_path: Path):
    for part in ("train", "test"):
        place(tmp_path / part / "a" / "1.bin", b"")
        rows(tmp_path / part / "a" / "2.npy", recording(0, 0))
        (tmp_path / part / "a" / "1.bin").unlink()
    first, _ = EventFolder(root=str(tmp_path), height=34, width=34, framing="clips").load(T=4)
    second, _ = EventFolder(root=str(tmp_path), height=34, width=34, framing="clips", columns="yxtp").load(T=4)
    assert not np.array_equal(first.events[:, 1], second.events[:, 1])


@pytest.mark.parametrize(
    ("file", "data", "cause"),
    [
        ("a.bin", b"abc", "byte 0: cut short"),
        ("a.aedat", b"text", "byte 0: no header of AEDAT 2.0 or 2.1"),
        ("a.npz", b"text", ""),
        ("a.h5", b"text", ""),
        ("a.npy", b"text", ""),
    ],
)
def test_damage_is_told_with_the_file(tmp_path: Path, file: str, data: bytes, cause: str):
    path = place(tmp_path / "train" / "a" / file, data)
    place(tmp_path / "test" / "a" / "whole.bin", bytes(5))
    with pytest.raises(BrokenData, match=f"event_folder: {path}: {cause}.*dataset.root=DIR names a folder"):
        EventFolder(root=str(tmp_path)).load(T=4)


@pytest.mark.parametrize(
    ("table", "cause"),
    [
        (np.zeros((3, 3)), r"shape \(3, 3\): must be rows of x, y, t, p"),
        (np.zeros(3, [("x", "i2"), ("y", "i2")]), "no field p, there are x, y"),
        (np.array([[1.5, 1, 1, 1]]), r"event 0: x = 1\.5 is no whole number"),
        (np.array([[128, 1, 1, 1]]), r"event 0: event at \(128, 1\) is off the 128 x 128 sensor"),
    ],
)
def test_an_array_of_another_shape_is_told(tmp_path: Path, table: np.ndarray, cause: str):
    place(tmp_path / "test" / "a" / "whole.bin", bytes(5))
    np.save(place(tmp_path / "train" / "a" / "x.npy", b""), table)
    with pytest.raises(BrokenData, match=cause):
        EventFolder(root=str(tmp_path)).load(T=1)


def test_a_class_that_has_no_training_folder_is_told(root: Path):
    (root / "test" / "up").mkdir()
    with pytest.raises(BrokenData, match="test: up is no class of train"):
        EventFolder(root=str(root)).check()
    with pytest.raises(BrokenData, match=r"lacks train, test.*holds train/CLASS/FILE"):
        EventFolder(root=str(root / "test")).check()


@pytest.mark.parametrize(
    "constant",
    [{"columns": "xyt"}, {"columns": "xxyt"}, {"height": 0}, {"tick": 0.0}, {"test": "train"}, {"ds": 3}],
    ids=str,
)
def test_refuses_constants_out_of_range(constant: dict):
    ((key, value),) = constant.items()
    with pytest.raises(UserError, match=rf"dataset\.{key}={value}"):
        EventFolder(**constant)
