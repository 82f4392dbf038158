from pathlib import Path

import numpy as np
import pytest
from event_files import blob, is_read_alone, place

from snnexp.datasets.base import BrokenData
from snnexp.datasets.har_dvs import HarDvs
from snnexp.errors import UserError

SENSOR = (260, 346)


def events(number: int) -> np.ndarray:
    return blob(number, n=500 + number, sensor=SENSOR, start=9)


def columns(made: np.ndarray) -> dict[str, np.ndarray]:
    return {name: made[name].astype(np.int64) for name in "txyp"}


def save(root: Path, name: str, arrays: dict[str, np.ndarray]) -> Path:
    path = place(root / "HARDVS" / "MINI_HARDVS_files" / f"{name}.npz", b"")
    np.savez_compressed(path, **arrays)
    return path


@pytest.fixture
def root(tmp_path: Path) -> Path:
    lists = {"train": [], "test": [], "val": []}
    for number in range(9):
        name = f"action_{number + 1:03d}/dvSave-2021_10_15_19_18_{number:02d}"
        save(tmp_path, name, columns(events(number)))
        lists["test" if number % 3 == 0 else "train"].append(f"{name} 12 {number * 37}\n")
    for part, lines in lists.items():
        place(tmp_path / "HARDVS" / f"{part}_label.txt", "".join(lines))
    return tmp_path


def test_lists_make_the_splits_and_labels(root: Path):
    dataset = HarDvs(root=str(root), workers=0)
    train, test = dataset.load(T=8)
    assert train.y.tolist() == [37, 74, 148, 185, 259, 296] and test.y.tolist() == [0, 111, 222]
    assert dataset.describe() == "har_dvs: 6 training, 3 test recordings"


def test_frames_by_number_scale_coordinates_and_keep_every_event(root: Path):
    dataset = HarDvs(root=str(root), workers=0)
    _, test = dataset.load(T=8)
    x, y = next(dataset.loader(test, batch_size=3, seed=1, device="cpu", shuffle=False).epoch(0))
    assert x.shape == (8, 3, 2, 224, 224) and y.tolist() == [0, 111, 222]
    expected = np.zeros((8, 2, 224, 224))
    for index, (px, py, _, p) in enumerate(events(3).tolist()):
        expected[min(index // (503 // 8), 7), int(p), py * 224 // 260, px * 224 // 346] += 1
    assert np.array_equal(x[:, 1].numpy(), expected) and expected.sum() == 503


@pytest.mark.parametrize(
    ("harm", "cause"),
    [
        ({"p": 2}, "event 5: polarity 2 is neither"),
        ({"x": 346}, r"event 5: event at \(346, \d+\) is off the 346 x 260 sensor"),
        ({"t": 0}, r"event 5: time goes back from \d+ to 0 us"),
        ("empty", "event 0: no events"),
        ("column", "y is not a file in the archive"),
        ("unequal", "columns of unequal length"),
        ("fraction", r"event 5: x = \d+\.5 is no whole number"),
        ("cut", ""),
    ],
    ids=str,
)
def test_damage_is_told_with_file_and_event(root: Path, harm, cause: str):
    arrays = columns(events(0))
    if harm == "empty":
        arrays = {name: column[:0] for name, column in arrays.items()}
    if harm == "unequal":
        arrays["x"] = arrays["x"][1:]
    if harm == "fraction":
        arrays["x"] = arrays["x"] + 0.5 * (np.arange(500) == 5)
    if harm == "column":
        del arrays["y"]
    if isinstance(harm, dict):
        ((name, value),) = harm.items()
        arrays[name][5] = value
    path = save(root, "action_001/dvSave-2021_10_15_19_18_00", arrays)
    if harm == "cut":
        path.write_bytes(path.read_bytes()[:-30])
    dataset = HarDvs(root=str(root), workers=0)
    _, test = dataset.load(T=8)
    with pytest.raises(BrokenData, match=f"{path}: .*{cause}"):
        list(dataset.loader(test, batch_size=3, seed=1, device="cpu", shuffle=False).epoch(0))
    with pytest.raises(BrokenData, match=f"{path}: "):
        dataset.verify()


def test_lists_may_hold_blank_lines(root: Path):
    path = root / "HARDVS" / "train_label.txt"
    path.write_text(path.read_text() + "\n  \n")
    assert len(HarDvs(root=str(root)).load(T=8)[0]) == 6


def test_what_was_never_published_is_left_out_named_and_counted(root: Path, caplog: pytest.LogCaptureFixture):
    path = root / "HARDVS" / "train_label.txt"
    path.write_text("action_001/dvSave-2021_07_30_10_45_54 12 3\n" + path.read_text())
    dataset = HarDvs(root=str(root), workers=0)
    train, _ = dataset.load(T=8)
    assert train.y.tolist() == [37, 74, 148, 185, 259, 296]
    assert "1 listed files not there and left out" in dataset.describe()
    assert "dvSave-2021_07_30_10_45_54.npz" in caplog.text
    save(root, "action_001/dvSave-2021_07_30_10_45_54", columns(events(1)))
    assert HarDvs(root=str(root), workers=0).load(T=8)[0].y.tolist()[0] == 3


def test_as_many_files_may_be_missing_as_is_allowed(root: Path):
    for number in (1, 3):
        (root / f"HARDVS/MINI_HARDVS_files/action_{number + 1:03d}/dvSave-2021_10_15_19_18_{number:02d}.npz").unlink()
    with pytest.raises(BrokenData, match=r"2 listed files are missing, .*dataset\.allow_missing=2 leaves them out"):
        HarDvs(root=str(root), allow_missing=1).load(T=8)
    dataset = HarDvs(root=str(root), allow_missing=2)
    train, test = dataset.load(T=8)
    assert train.y.tolist() == [74, 148, 185, 259, 296] and test.y.tolist() == [0, 222]
    dataset.verify()
    assert dataset.samples == (5, 2)


@pytest.mark.parametrize("workers", [0, 2])
def test_small_steps_back_are_sorted_and_counted_once_a_file(root: Path, workers: int):
    made = events(0)
    made["t"] = 2000 * (np.arange(500) // 2) - 7 * (np.arange(500) % 2)
    path = save(root, "action_001/dvSave-2021_10_15_19_18_00", columns(made))
    dataset = HarDvs(root=str(root), workers=workers)
    _, test = dataset.load(T=8)
    loader = dataset.loader(test, batch_size=2, seed=1, device="cpu", shuffle=False)
    for epoch in range(2):
        assert sum(int(x.sum()) for x, _ in loader.epoch(epoch)) == 500 + 503 + 506
    assert "250 events up to 1 ms behind a later one sorted by time" in dataset.describe()
    with pytest.raises(UserError, match=f"{path}: event 1: time goes back .*dataset.unordered=sort"):
        HarDvs(root=str(root), unordered="refuse").verify()


@pytest.mark.parametrize("line", ["action_001/x 12", "action_001/x 12 300", "action_001/x,12,3"], ids=repr)
def test_a_wrong_line_is_told(root: Path, line: str):
    path = root / "HARDVS" / "train_label.txt"
    path.write_text(path.read_text() + line + "\n")
    with pytest.raises(BrokenData, match=f"{path}: line 7: .*label 0 to 299"):
        HarDvs(root=str(root)).load(T=8)


def test_listed_files_that_are_not_there_are_counted(root: Path):
    (root / "HARDVS/MINI_HARDVS_files/action_002/dvSave-2021_10_15_19_18_01.npz").unlink()
    with pytest.raises(BrokenData, match=r"1 listed files are missing, the first is .*action_002"):
        HarDvs(root=str(root)).load(T=8)


def test_verify_reads_every_file(root: Path):
    dataset = HarDvs(root=str(root))
    dataset.verify()
    assert dataset.samples == (6, 3)
    assert "fewest events 500 in" in dataset.describe()


@pytest.mark.parametrize("constant", [{"size": 0}, {"size": 261}, {"workers": -1}, {"allow_missing": -1}], ids=str)
def test_refuses_constants_out_of_range(constant: dict[str, int]):
    ((key, value),) = constant.items()
    with pytest.raises(UserError, match=rf"dataset\.{key}={value}"):
        HarDvs(**constant)


def test_a_file_from_elsewhere_is_read_as_those_of_the_set(root: Path, tmp_path: Path):
    path = next((root / "HARDVS").glob("MINI_HARDVS_files/action_004/*.npz"))
    assert is_read_alone(HarDvs(root=str(root), workers=0, size=32), path, 1, 4, tmp_path)
