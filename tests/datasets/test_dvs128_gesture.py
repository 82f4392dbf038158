import csv
from pathlib import Path

import numpy as np
import pytest
from event_files import EVENTS, aedat31, blob, gesture, is_read_alone, place, same

from snnexp.datasets.base import BrokenData
from snnexp.datasets.base.forty_bit import forty_bit
from snnexp.datasets.base.framing import by_number
from snnexp.datasets.dvs128_gesture import Dvs128Gesture
from snnexp.errors import UserError

TABLE = "1,0,1000000\n8,1000000,2000000\n11,2000000,2999000\n"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    gesture(tmp_path, {1: blob(1), 23: blob(23), 24: blob(24)}, TABLE)
    return tmp_path


def test_each_row_of_the_table_is_a_sample_and_users_make_the_split(root: Path):
    dataset = Dvs128Gesture(root=str(root))
    train, test = dataset.load(T=6)
    assert train.y.tolist() == [0, 7, 10, 0, 7, 10] and test.y.tolist() == [0, 7, 10]
    assert dataset.describe() == "dvs128_gesture: 6 training, 3 test recordings (official recordings)"
    found = [events for _, events, _ in dataset.recordings(train=False)]
    whole = blob(24)
    for events, (start, end) in zip(found, [(0, 1e6), (1e6, 2e6), (2e6, 2.999e6)], strict=True):
        assert same(events, whole[(whole["t"] >= start) & (whole["t"] < end)])


def test_the_official_recordings_make_the_official_samples(tmp_path: Path):
    """122 recordings of 29 users, 98 of the first 23, with a dozen gestures each, as the official lists have them."""
    lights = ("fluorescent", "fluorescent_led", "lab", "led", "natural")
    names = [(user, light) for user in range(1, 30) for light in lights]
    recordings = [each for each in names if each[0] <= 23][:98] + [each for each in names if each[0] > 23][:24]
    table = "class,startTime_usec,endTime_usec\n" + "".join(
        f"{min(1 + i, 11)},{250_000 * i},{250_000 * (i + 1)}\n" for i in range(12)
    )
    for user, light in recordings:
        path = place(tmp_path / "DvsGesture" / f"user{user:02d}_{light}.aedat", aedat31(blob(user)))
        place(path.with_name(f"{path.stem}_labels.csv"), table)
    dataset = Dvs128Gesture(root=str(tmp_path))
    train, test = dataset.load(T=20)
    assert (len(train), len(test)) == (1176, 288)
    assert np.bincount(train.y).tolist() == [98] * 10 + [196]
    assert dataset.describe() == "dvs128_gesture: 1176 training, 288 test recordings (official recordings)"


def test_real_recordings_come_back_from_packets_event_by_event(data_root: Path, tmp_path: Path):
    """AEDAT 3.1 around real gestures, one after the other, as an official file holds them."""
    folder = data_root / "DVS128Gesture-10"
    with (folder / "labels.csv").open() as file:
        labels = [(row["file"], int(row["class_1based"])) for row in csv.DictReader(file)]
    gestures, table, end = [], "", 0
    for name, label in labels:
        events = forty_bit(folder / name, (128, 128)).events
        events["t"] += end
        gestures.append(events)
        table += f"{label},{end},{int(events['t'][-1]) + 1}\n"
        end = int(events["t"][-1]) + 1000
    gesture(tmp_path, {3: np.concatenate(gestures), 25: gestures[0]}, table)
    place(tmp_path / "DvsGesture" / "user25_led_labels.csv", "class,start,end\n" + table.splitlines()[0])
    dataset = Dvs128Gesture(root=str(tmp_path))
    found = list(dataset.recordings(train=True))
    assert [label for _, _, label in found] == list(range(10))
    assert all(same(events, expected) for (_, events, _), expected in zip(found, gestures, strict=True))
    train, test = dataset.load(T=60)
    x, y = next(dataset.loader(train, batch_size=10, seed=1, device="cpu", shuffle=False).epoch(0))
    assert x.shape == (60, 10, 2, 32, 32) and y.tolist() == list(range(10))
    assert (x.sum((0, 2, 3, 4)) > 20_000).all()
    x, y = next(dataset.loader(test, batch_size=4, seed=1, device="cpu", shuffle=False).epoch(0))
    assert x.shape == (60, 10, 2, 32, 32) and y.tolist() == [0]


def test_frames_by_number_hold_all_events_of_a_sample(root: Path):
    dataset = Dvs128Gesture(root=str(root), framing="number", ds=1)
    assert dataset.size == (128, 128)
    _, test = dataset.load(T=20)
    for x, (_, events, _) in zip(test.x, dataset.recordings(train=False), strict=True):
        assert np.array_equal(x.numpy(), by_number(events, 20, (128, 128))) and x.sum() == len(events)


def test_counts_above_a_byte_are_kept(tmp_path: Path):
    events = blob(1, n=6000)
    events["x"], events["y"], events["p"] = 5, 6, 1
    gesture(tmp_path, {1: events, 24: events}, "1,0,3000000\n")
    train, _ = Dvs128Gesture(root=str(tmp_path), framing="number").load(T=20)
    assert (train.x[0, :, 1, 1, 1] == 300).all()


def tonics(root: Path, user: str, label: int, events: np.ndarray, part: str = "ibmGestureTrain") -> Path:
    path = place(root / "DVSGesture" / part / user / f"{label}.npy", b"")
    np.save(path, np.stack([events[name].astype(np.float32) for name in "xyp"] + [events["t"] // 1000], 1))
    return path


def test_tonics_files_are_the_other_way_and_are_said_to_be(tmp_path: Path):
    tonics(tmp_path, "user02_led", 10, blob(1))
    tonics(tmp_path, "user24_led", 0, blob(2), "ibmGestureTest")
    dataset = Dvs128Gesture(root=str(tmp_path))
    train, test = dataset.load(T=6)
    assert train.y.tolist() == [10] and test.y.tolist() == [0]
    assert "tonic's cut, not the official 1176/288 samples" in dataset.describe()
    expected = blob(1)
    expected["t"] = expected["t"] // 1000 * 1000
    ((_, events, _),) = dataset.recordings(train=True)
    assert same(events, expected)
    gesture(tmp_path, {1: blob(1), 24: blob(24)}, TABLE)
    assert Dvs128Gesture(root=str(tmp_path)).raw


@pytest.mark.parametrize(
    ("table", "cause"),
    [
        ("12,0,5\n", "line 2: '12,0,5' is no class 1 to 11"),
        ("1,0,1000000\n0,5,9\n", "line 3: "),
        ("1,9,5\n", ".* with start before end"),
        ("1,2\n", "line 2: '1,2' must hold class, start and end"),
        ("1,0,x\n", "line 2: '1,0,x' must hold class, start and end as whole numbers"),
        ("1,0,1000000\n\n2,9,5\n", "line 4: "),
        ("", "line 2: no samples"),
        ("1,0,1000000\n2,9000000,9500000\n", "line 3: user01_led.aedat has no events in 9000000 to 9500000 us"),
    ],
    ids=["class", "zero", "order", "columns", "text", "blank line", "none", "empty"],
)
def test_a_wrong_table_is_told_with_file_and_line(tmp_path: Path, table: str, cause: str):
    gesture(tmp_path, {1: blob(1), 24: blob(24)}, table)
    with pytest.raises(BrokenData, match=rf"user01_led_labels.csv: {cause}.*snnexp data fetch dvs128_gesture"):
        Dvs128Gesture(root=str(tmp_path)).load(T=6)


@pytest.mark.parametrize("heading", ["", "class,startTime_usec,endTime_usec\n", "\ufeffclass,start,end\r\n", "\n"])
def test_a_table_may_lack_its_heading(root: Path, heading: str):
    for user in (1, 23, 24):
        place(root / "DvsGesture" / f"user{user:02d}_led_labels.csv", heading + TABLE)
    assert Dvs128Gesture(root=str(root)).load(T=6)[1].y.tolist() == [0, 7, 10]


def test_a_damaged_first_row_is_no_heading(root: Path):
    place(root / "DvsGesture" / "user24_led_labels.csv", "1,x,1000000\n" + TABLE)
    with pytest.raises(BrokenData, match=r"user24_led_labels\.csv: line 1: '1,x,1000000' must hold"):
        Dvs128Gesture(root=str(root)).load(T=6)


def test_a_missing_table_and_a_cut_recording_are_told(root: Path):
    path = root / "DvsGesture" / "user01_led.aedat"
    table = path.with_name("user01_led_labels.csv")
    text = table.read_text()
    table.unlink()
    with pytest.raises(BrokenData, match=r"user01_led_labels\.csv"):
        Dvs128Gesture(root=str(root)).load(T=6)
    table.write_text(text)
    data = path.read_bytes()
    for cut in (1, 7, 50, len(data) // 2):
        path.write_bytes(data[:-cut])
        with pytest.raises(BrokenData, match=rf"{path}: byte \d+: cut short"):
            Dvs128Gesture(root=str(root)).load(T=6)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_fractions_of_a_millisecond_are_kept(tmp_path: Path, dtype: type):
    events = blob(1)
    tonics(tmp_path, "user24_led", 0, blob(2), "ibmGestureTest")
    path = tonics(tmp_path, "user02_led", 3, events)
    np.save(path, np.stack([*(events[name] for name in "xyp"), events["t"] / 1000], 1).astype(dtype))
    ((_, found, _),) = Dvs128Gesture(root=str(tmp_path)).recordings(train=True)
    assert same(found, events)


@pytest.mark.parametrize("change", ["p", "x", "nan", "shape", "name", "cut", "time"])
def test_a_damaged_file_of_tonics_is_told(tmp_path: Path, change: str):
    tonics(tmp_path, "user24_led", 0, blob(2), "ibmGestureTest")
    path = tonics(tmp_path, "user02_led", 11 if change == "name" else 3, blob(1))
    array = np.load(path)
    if change == "p":
        array[7, 2] = 2
    if change == "x":
        array[6, 0] = 3.5
    if change == "nan":
        array[5, 3] = np.nan
    if change == "time":
        array[9, 3] = 0
    np.save(path, array[:, :3] if change == "shape" else array)
    if change == "cut":
        path.write_bytes(path.read_bytes()[:200])
    causes = {
        "p": "event 7: polarity 2 is neither",
        "x": r"event 6: x = 3\.5 is no whole number",
        "nan": "event 5: t = nan is no whole number",
        "time": "event 9: time goes back",
        "cut": "",
        "shape": "",
        "name": "",
    }
    with pytest.raises(BrokenData, match=f"{path}: {causes[change]}"):
        Dvs128Gesture(root=str(tmp_path)).load(T=6)


def test_a_set_that_is_not_there_names_both_places(tmp_path: Path):
    (tmp_path / "DVSGesture" / "ibmGestureTrain").mkdir(parents=True)
    with pytest.raises(BrokenData, match=r"DvsGesture or .*DVSGesture \(lacks ibmGestureTest\)"):
        Dvs128Gesture(root=str(tmp_path)).check()


@pytest.mark.parametrize("constant", [{"dt": 0.0}, {"ds": 0}, {"clips": 0}], ids=str)
def test_refuses_constants_that_are_not_positive(constant: dict):
    ((key, value),) = constant.items()
    with pytest.raises(UserError, match=rf"dataset\.{key}={value}: must be above 0"):
        Dvs128Gesture(**constant)


@pytest.mark.parametrize("framing", ["clips", "number"])
def test_refuses_cells_that_leave_pixels_over(framing: str):
    with pytest.raises(UserError, match=r"dataset\.ds=3: must divide the sensor's 128 x 128 pixels"):
        Dvs128Gesture(ds=3, framing=framing)


def test_the_archives_are_tonics():
    tonic = pytest.importorskip("tonic.datasets").DVSGesture
    train, test = Dvs128Gesture.archives
    assert (train.name, train.md5, test.name, test.md5) == (
        tonic.train_filename, tonic.train_md5, tonic.test_filename, tonic.test_md5,
    )  # fmt: skip
    assert tonic.train_url == train.mirrors[1] and tonic.test_url == test.mirrors[1]
    assert train.url == "https://api.figshare.com/v2/file/download/38022171"


def test_writers_write_what_the_decoders_read(tmp_path: Path):
    assert blob(1).dtype == EVENTS and place(tmp_path / "x", aedat31(blob(1))).stat().st_size > 3200


def test_a_subjects_samples_are_never_split_for_validation(tmp_path: Path):
    """Four users of the official recordings with two gestures each, and of tonic's cut."""
    events = blob(1)
    table = f"1,0,{int(events['t'][200])}\n2,{int(events['t'][200])},{int(events['t'][-1]) + 1}\n"
    gesture(tmp_path / "raw", {user: events for user in (1, 2, 3, 4, 25)}, table)
    for user, label in [(user, label) for user in ("user01_led", "user02_lab", "user03_led") for label in (0, 1)]:
        tonics(tmp_path / "cut", user, label, events)
    tonics(tmp_path / "cut", "user24_led", 0, events, "ibmGestureTest")
    for root, users in (("raw", 4), ("cut", 3)):
        dataset = Dvs128Gesture(root=str(tmp_path / root))
        train, _ = dataset.load(T=2)
        assert len(dataset.subjects()) == len(train) == 2 * users
        rest, held = dataset.hold_out(train, 0.1)
        assert held.y.tolist() == [0, 1] and len(rest) == 2 * (users - 1) and not held.is_random
        assert f"{len(rest)} training, 2 validation, " in dataset.describe()


def test_a_gesture_from_elsewhere_is_read_as_those_of_tonics_cut(tmp_path: Path):
    tonics(tmp_path, "user02_led", 10, blob(1))
    path = tonics(tmp_path, "user24_led", 7, blob(2), "ibmGestureTest")
    dataset = Dvs128Gesture(root=str(tmp_path), clips=2)
    assert is_read_alone(dataset, path, 0, 6, tmp_path) and dataset.class_names[7] == "arm roll"
    with pytest.raises(UserError, match=r"user01_led.aedat: holds several gestures; cut one out"):
        dataset.open_file(place(tmp_path / "user01_led.aedat", aedat31(blob(1))), 6)
