from pathlib import Path

import pytest
from event_files import blob, gait, is_read_alone, place, same

from snnexp.augments.base import Chain
from snnexp.augments.eventdrop import Eventdrop
from snnexp.datasets.base import BrokenData
from snnexp.datasets.dvs128_gait_day import Dvs128GaitDay
from snnexp.errors import UserError


@pytest.fixture
def root(tmp_path: Path) -> Path:
    gait(tmp_path, walkers=3, walks=11)
    return tmp_path


def test_folders_are_labels_and_splits(root: Path):
    dataset = Dvs128GaitDay(root=str(root))
    train, test = dataset.load(T=60)
    assert train.y.tolist() == [0] * 11 + [1] * 11 + [2] * 11 and len(test) == 33
    for index, (path, events, label) in enumerate(dataset.recordings(train=True)):
        assert path.name == f"walk_{index % 11}.txt"
        assert same(events, blob(label + 100 * (index % 11), start=77))


def test_trains_on_dropped_clips_and_tests_on_ten(root: Path):
    dataset = Dvs128GaitDay(root=str(root))
    train, test = dataset.load(T=60)
    recipe = Chain(eventdrop=Eventdrop())
    x, y = next(dataset.loader(train, batch_size=8, seed=1, device="cpu", shuffle=True, augment=recipe).epoch(0))
    assert x.shape == (60, 8, 2, 32, 32) and len(y) == 8 and x.sum() > 0
    x, y = next(dataset.loader(test, batch_size=8, seed=1, device="cpu", shuffle=False).epoch(0))
    assert x.shape == (60, 80, 2, 32, 32) and len(y) == 8


def test_a_recording_shorter_than_a_clip_is_taken(tmp_path: Path):
    gait(tmp_path, walkers=1, span=500_000)
    dataset = Dvs128GaitDay(root=str(tmp_path))
    for samples in dataset.load(T=60):
        x, _ = next(dataset.loader(samples, batch_size=1, seed=1, device="cpu", shuffle=False).epoch(0))
        assert (x.sum((0, 2, 3, 4)) == 400).all()


@pytest.mark.parametrize(
    ("text", "cause"),
    [
        ("", "row 1: no events"),
        ("5 1 1 1\n6 1 1 2\n", "row 2: polarity 2 is neither 1 nor 0"),
        ("5 1 1 -1\n6 1 1 0\n", "row 2: polarity 0 is neither 1 nor -1"),
        ("1005 1 1 1\n4 1 1 1\n", "row 2: time goes back from 1005 to 4 us"),
        ("5 1 1 1\n6 128 1 1\n", r"row 2: event at \(128, 1\) is off the 128 x 128 sensor"),
        ("5 -1 1 1\n", r"row 1: event at \(-1, 1\) is off"),
        ("5 1 1 1\n6 1 1", "the number of columns changed from 4 to 3 at row 2"),
        ("5 1 1\n", "row 1: 3 numbers instead of t, x, y, p"),
        ("5 1 1 1\n6 1.5 1 1\n", "row 2: .*are no whole numbers"),
        ("5 1 1 1\nab 1 1 1\n", "could not convert string 'ab'.*row 1"),
    ],
    ids=["empty", "p", "p mixed", "time", "off", "negative", "cut", "columns", "fraction", "text"],
)
@pytest.mark.filterwarnings("error")
def test_damage_is_told_with_file_and_row(root: Path, text: str, cause: str):
    path = place(root / "DVS128-Gait-Day/origin/train/1/walk_0.txt", text)
    with pytest.raises(BrokenData, match=f"{path}: {cause}"):
        Dvs128GaitDay(root=str(root)).load(T=60)


def test_polarities_of_one_and_minus_one_are_on_and_off(root: Path):
    place(root / "DVS128-Gait-Day/origin/train/0/walk_0.txt", "5 1 1 1\n6 1 1 -1\n")
    _, events, _ = next(Dvs128GaitDay(root=str(root)).recordings(train=True))
    assert events["p"].tolist() == [True, False]


def test_a_folder_that_is_no_walker_is_told(root: Path):
    place(root / "DVS128-Gait-Day/origin/test/20/walk_0.txt", "5 1 1 1\n")
    with pytest.raises(BrokenData, match=r"walk_0\.txt: its folder must be a walker, 0 to 19"):
        Dvs128GaitDay(root=str(root)).load(T=60)


def test_refuses_cells_that_leave_pixels_over():
    with pytest.raises(UserError, match=r"dataset\.ds=3: must divide the sensor's 128 x 128 pixels"):
        Dvs128GaitDay(ds=3)


def test_a_file_from_elsewhere_is_read_as_those_of_the_set(root: Path, tmp_path: Path):
    path = root / "DVS128-Gait-Day" / "origin" / "test" / "1" / "walk_2.txt"
    assert is_read_alone(Dvs128GaitDay(root=str(root)), path, 13, 6, tmp_path)
