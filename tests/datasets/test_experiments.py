"""ASA's experiments train at their true size on recordings in the official layouts."""

from pathlib import Path

import numpy as np
import pytest
import torch
from event_files import aedat2, blob, gait, gesture, place

from snnexp.config import compose
from snnexp.datasets.daily_action_dvs import CLASSES
from snnexp.train import load, make


def gestures(root: Path) -> None:
    gesture(root, {1: blob(1), 24: blob(2)}, "1,0,1400000\n2,1400000,3000000\n")


def actions(root: Path) -> None:
    for seed, name in enumerate(CLASSES):
        for number in range(2):
            place(root / "DailyAction-DVS" / name / f"{number}.aedat", aedat2(blob(10 * number + seed)))


def files(root: Path) -> None:
    for part, number in (("train", 1), ("test", 2)):
        path = place(root / "HARDVS" / "MINI_HARDVS_files" / "action_001" / f"dvSave-{number}.npz", b"")
        made = blob(number, sensor=(260, 346))
        np.savez_compressed(path, **{name: made[name].astype(np.int64) for name in "txyp"})
        place(root / "HARDVS" / f"{part}_label.txt", f"action_001/dvSave-{number} 12 {number}\n")


WRITERS = {
    "dvs128_gesture": gestures,
    "dvs128_gait_day": lambda root: gait(root, "DVS128-Gait-Day", walkers=2),
    "dvs128_gait_night": lambda root: gait(root, "DVS128-Gait-Night", walkers=2),
    "dvs128_gesture_frames": gestures,
    "daily_action_dvs": actions,
    "har_dvs": files,
}
FEW = {"daily_action_dvs": ["dataset.train_per_class=1"], "har_dvs": ["dataset.workers=0"]}
SLOW = {"dvs128_gesture_frames", "dvs128_gait_day"}  # large, and the same network as on gestures
NAMES = [
    pytest.param(arm, name, marks=[pytest.mark.slow] if name in SLOW else [], id=f"{arm}_{name}")
    for name in WRITERS
    for arm in ("asa_vanilla", "asa")
]


class Few(list):
    """A test set of one batch."""

    def __init__(self, *batch: torch.Tensor) -> None:
        super().__init__([batch])
        self.samples = len(batch[1])

    def epoch(self, epoch: int, start: int = 0):
        return iter(self)


@pytest.mark.parametrize(("arm", "name"), NAMES)
def test_trains_two_steps(arm: str, name: str, tmp_path: Path):
    WRITERS[name](tmp_path)
    composed = compose([f"exp={arm}_{name}", f"dataset.root={tmp_path}", "device=cpu", *FEW.get(name, [])])
    dataset, trainer = make(composed)
    before = {key: p.detach().clone() for key, p in trainer.network.named_parameters() if p.requires_grad}
    x, y = next(iter(load(composed, dataset, trainer)[0].epoch(0)))
    assert x.shape[0] == composed.config["T"] and x.shape[2:] == (2, *dataset.size) and x.sum() > 0
    for step in range(2):
        trainer.step(x[:, :1], y[:1], step)
    assert 0 < trainer.step.tally.compute()["loss"] < 10 and trainer.step.watch.found() is None
    assert 0 < trainer.evaluate(Few(x[:, :1], y[:1]))["firing_rate"] < 1
    after = dict(trainer.network.named_parameters())
    assert not any(torch.equal(after[key], start) for key, start in before.items() if key.endswith("module.weight"))
