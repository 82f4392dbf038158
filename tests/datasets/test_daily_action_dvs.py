import json
from pathlib import Path

import numpy as np
import pytest
from event_files import HEAD2, aedat2, blob, is_read_alone, place, same

from snnexp.datasets.base import BrokenData
from snnexp.datasets.daily_action_dvs import CLASSES, DailyActionDvs
from snnexp.errors import UserError


def write(root: Path, layout: str, files: int = 3) -> Path:
    for label, name in enumerate(CLASSES):
        for number in range(files):
            place(
                root / "DailyAction-DVS" / name / f"subject{number + 8}.aedat",
                aedat2(blob(label * 10 + number), layout),
            )
    return root


@pytest.mark.parametrize("layout", ["davis", "dvs128"])
def test_the_first_files_in_natural_order_train_whatever_the_addresses(tmp_path: Path, layout: str):
    dataset = DailyActionDvs(root=str(write(tmp_path, layout)), train_per_class=2)
    train, test = dataset.load(T=36)
    assert train.y.tolist() == [label for label in range(12) for _ in range(2)] and test.y.tolist() == list(range(12))
    assert [path.name for path, *_ in dataset.recordings(train=False)] == ["subject10.aedat"] * 12
    for index, (_, events, label) in enumerate(dataset.recordings(train=True)):
        assert same(events, blob(label * 10 + index % 2))
    assert f"{layout} addresses" in dataset.describe()


def test_the_split_is_kept_and_its_hash_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("SNNEXP_CACHE", str(tmp_path / "cache"))
    write(tmp_path, "davis")
    dataset = DailyActionDvs(root=str(tmp_path), train_per_class=2)
    dataset.load(T=36)
    (kept,) = (tmp_path / "cache" / "daily_action_dvs").glob("split-*.json")
    split = json.loads(kept.read_text())
    assert split["test"][5] == "get up/subject10.aedat" and not set(split["train"]) & set(split["test"])
    assert f"(split {kept.stem[6:]}, davis addresses)" in dataset.describe()
    other = DailyActionDvs(root=str(tmp_path), train_per_class=1)
    other.load(T=36)
    assert other.describe().partition("split")[2] != dataset.describe().partition("split")[2]


def test_what_is_left_out_is_counted_from_the_cache_too(tmp_path: Path):
    path = write(tmp_path, "davis") / "DailyAction-DVS" / "lift" / "subject8.aedat"
    late = (4_000_000).to_bytes(4)
    external = (1 << 10).to_bytes(4) + late  # with bit 11 clear, an ON event at one corner to who looks no closer
    path.write_bytes(path.read_bytes() + 3 * ((200 << 22).to_bytes(4) + late) + 2 * external)
    for _ in range(2):
        dataset = DailyActionDvs(root=str(tmp_path), train_per_class=2)
        train, _ = dataset.load(T=36)
        assert len(train.events) == 24 * 400
        told = "davis addresses, 2 external inputs left out, 3 events off the pixels that are read left out"
        assert told in dataset.describe()


def test_a_layout_that_is_named_is_taken(tmp_path: Path):
    root = write(tmp_path, "davis")
    with pytest.raises(BrokenData, match=r"byte \d+: address 0x\w+ is none of a DVS128"):
        DailyActionDvs(root=str(root), train_per_class=2, layout="dvs128").load(T=36)


@pytest.mark.parametrize(("pad", "size"), [(None, (64, 64)), ((130, 173), (130, 173))], ids=["fitting", "padded"])
def test_frames_are_half_the_sensor_or_padded_as_published(tmp_path: Path, pad, size: tuple[int, int]):
    dataset = DailyActionDvs(root=str(write(tmp_path, "davis")), train_per_class=2, pad=pad)
    assert dataset.size == size
    _, test = dataset.load(T=36)
    x, y = next(dataset.loader(test, batch_size=2, seed=1, device="cpu", shuffle=False).epoch(0))
    assert x.shape == (36, 20, 2, *size) and x[..., :64, :64].sum() == x.sum() > 0 and y.tolist() == [0, 1]


def test_damage_is_told_with_file_and_byte(tmp_path: Path):
    root = write(tmp_path, "davis")
    path = root / "DailyAction-DVS" / "lift" / "subject8.aedat"
    path.write_bytes(path.read_bytes()[:-3])
    with pytest.raises(BrokenData, match=rf"{path}: byte \d+: cut short.*snnexp data fetch daily_action_dvs"):
        DailyActionDvs(root=str(root), train_per_class=2).load(T=36)
    path.write_bytes(HEAD2)
    with pytest.raises(BrokenData, match=f"{path}: byte {len(HEAD2)}: no events"):
        DailyActionDvs(root=str(root), train_per_class=2).load(T=36)


def test_a_set_without_test_files_is_told(tmp_path: Path):
    with pytest.raises(BrokenData, match="no test recordings"):
        DailyActionDvs(root=str(write(tmp_path, "davis"))).load(T=36)


def test_files_at_times_late_in_a_recorders_life(tmp_path: Path):
    events = blob(0, start=3_000_000_000)
    root = write(tmp_path, "davis")
    place(root / "DailyAction-DVS" / "climb" / "subject1.aedat", aedat2(events, "davis"))
    _, found, _ = next(DailyActionDvs(root=str(root), train_per_class=2).recordings(train=True))
    assert same(found, events) and found["t"].max() < np.iinfo(np.int32).max


def test_refuses_cells_that_leave_pixels_over():
    with pytest.raises(UserError, match=r"dataset\.ds=3: must divide the sensor's 128 x 128 pixels"):
        DailyActionDvs(ds=3)


def test_refuses_a_padding_that_is_no_height_and_width():
    with pytest.raises(UserError, match=r"dataset\.pad=\[130\]: must be a height and a width"):
        DailyActionDvs(pad=[130])


@pytest.mark.parametrize("layout", ["davis", "dvs128"])
def test_a_file_from_elsewhere_is_read_as_those_of_the_set(tmp_path: Path, layout: str):
    dataset = DailyActionDvs(root=str(write(tmp_path, layout)), train_per_class=2, clips=2)
    path = tmp_path / "DailyAction-DVS" / CLASSES[3] / "subject10.aedat"
    assert is_read_alone(dataset, path, 3, 6, tmp_path) and dataset.class_names[5] == "get up"
    alone = DailyActionDvs(root=str(tmp_path / "nowhere"))
    alone.open_file(path, 6)
    assert alone.layout == layout
