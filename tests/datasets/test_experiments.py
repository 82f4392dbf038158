"""Every experiment, and every row of a table, trains at its true size on samples in the official layout."""

from collections.abc import Callable
from fnmatch import fnmatch
from pathlib import Path

import numpy as np
import pytest
import torch
from event_files import aedat2, bin40, blob, gait, gesture, place
from image_files import cifar, imagenet

from snnexp.config.compose import compose
from snnexp.config.places import options
from snnexp.datasets.cifar10_dvs import CLASSES as OBJECTS
from snnexp.datasets.daily_action_dvs import CLASSES as ACTIONS
from snnexp.tables.spec import read
from snnexp.training.assembly import make
from snnexp.training.evaluation import evaluate
from snnexp.training.loading import load

IMAGES = np.random.default_rng(0).integers(0, 256, (3, 3, 32, 32), dtype=np.uint8)


def digits(root: Path) -> None:
    for part in ("Train", "Test"):
        for digit in range(2):
            place(root / "N-MNIST" / part / str(digit) / "1.bin", bin40(blob(digit, 4000, 300_000, (34, 34))))


def gestures(root: Path) -> None:
    gesture(root, {1: blob(1), 24: blob(2)}, "1,0,1400000\n2,1400000,3000000\n")


def actions(root: Path) -> None:
    for seed, name in enumerate(ACTIONS):
        for number in range(2):
            place(root / "DailyAction-DVS" / name / f"{number}.aedat", aedat2(blob(10 * number + seed)))


def objects(root: Path) -> None:
    for seed, name in enumerate(OBJECTS):
        for number in (0, 900):
            place(root / "CIFAR10DVS" / name / f"cifar10_{name}_{number}.aedat", aedat2(blob(number + seed)))


def humans(root: Path) -> None:
    for part, number in (("train", 1), ("test", 2)):
        path = place(root / "HARDVS" / "MINI_HARDVS_files" / "action_001" / f"dvSave-{number}.npz", b"")
        made = blob(number, sensor=(260, 346))
        np.savez_compressed(path, **{name: made[name].astype(np.int64) for name in "txyp"})
        place(root / "HARDVS" / f"{part}_label.txt", f"action_001/dvSave-{number} 12 {number}\n")


WRITERS: dict[str, Callable[[Path], None]] = {
    "digits_dvs": lambda root: None,  # in the package
    "nmnist": digits,
    "imagenet": lambda root: imagenet(root, ("n01440764", "n01443537"), train=1, test=1),
    "cifar10_dvs": objects,
    "dvs128_gesture": gestures,
    "dvs128_gait_day": lambda root: gait(root, "DVS128-Gait-Day", walkers=2, n=4000),
    "dvs128_gait_night": lambda root: gait(root, "DVS128-Gait-Night", walkers=2, n=4000),
    "daily_action_dvs": actions,
    "har_dvs": humans,
}
# What few samples on a CPU ask for; bfloat16 takes a processor ten times longer.
FEW = {
    "*daily_action_dvs*": ["dataset.train_per_class=1"],
    "*har_dvs": ["dataset.workers=0"],
    "*imagenet": ["dataset.workers=0", "trainer.amp=false"],
}
SLOW = {"*gesture_frames", "*gait_day", "*_cifar100", "*vanilla*"}  # large, or what others do as well
EXPERIMENTS = [
    pytest.param([f"exp={name}"], id=name, marks=[pytest.mark.slow] if any(fnmatch(name, p) for p in SLOW) else [])
    for name in options("exp")
]
ROWS = sorted({(f"exp={row.exp}", *row.overrides) for name in options("table") for row in read(name).rows})
TABLES = [pytest.param([*row], id="-".join(row), marks=pytest.mark.slow) for row in ROWS if len(row) > 1]


class Few(list):
    """A test set of one batch."""

    def __init__(self, *batch: torch.Tensor) -> None:
        super().__init__([batch])
        self.samples, self.is_shared = len(batch[1]), False

    def epoch(self, epoch: int, start: int = 0):
        return iter(self)


@pytest.mark.parametrize("overrides", [*EXPERIMENTS, *TABLES])
def test_trains_two_steps(overrides: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("SNNEXP_DATA", str(tmp_path))
    few = [word for pattern, words in FEW.items() if fnmatch(overrides[0], pattern) for word in words]
    composed = compose([*overrides, *few, "device=cpu"])
    name = composed.config["dataset"]["_target_"].split(".")[2]
    if name in ("cifar10", "cifar100"):
        cifar(tmp_path, monkeypatch, name.upper(), (IMAGES, [3, 9, 0]), (IMAGES, [7, 1, 2]))
    elif name != "digits":  # which come along
        WRITERS[name](tmp_path)
    dataset, trainer = make(composed)
    x, y = next(iter(load(composed, dataset, trainer)[0].epoch(0)))
    frames = () if dataset.static else (composed.config["T"],)
    assert x.shape == (*frames, len(y), dataset.in_channels, *dataset.size) and x.abs().sum() > 0
    x, y = x.narrow(-4, 0, 1), y[:1]
    for step in range(2):
        trainer.step(x, y, step)
    assert 0 < trainer.step.tally.compute()["loss"] < 10 and trainer.step.watch.found() is None
    assert evaluate([trainer.objective], Few(x, y), trainer.team)[0]["accuracy"] in (0, 1)
    for key, parameter in trainer.network.named_parameters():
        assert parameter.isfinite().all()
        if key.endswith("module.weight"):
            assert parameter.grad is not None and parameter.grad.abs().sum() > 0
