"""Writes images in the formats and layouts that their sets are published in."""

import hashlib
import pickle
from pathlib import Path

import numpy as np
import pytest
import torchvision
from event_files import place
from PIL import Image

Labelled = tuple[np.ndarray, list[int]]  # images [n, 3, 32, 32] and their labels


def cifar(root: Path, patch: pytest.MonkeyPatch, name: str, train: Labelled, test: Labelled) -> None:
    """`CIFAR10` or `CIFAR100` of a few images, the same in each training file, its MD5s told to torchvision."""
    reader = getattr(torchvision.datasets, name)

    def write(file: str, content: dict) -> list[str]:
        data = pickle.dumps(content)
        place(root / reader.base_folder / file, data)
        return [file, hashlib.md5(data).hexdigest()]

    def content(images: np.ndarray, labels: list[int]) -> dict:
        return {"data": images.reshape(len(images), -1), "fine_labels" if name == "CIFAR100" else "labels": labels}

    patch.setattr(reader, "train_list", [write(file, content(*train)) for file, _ in reader.train_list])
    patch.setattr(reader, "test_list", [write(file, content(*test)) for file, _ in reader.test_list])
    _, md5 = write(reader.meta["filename"], {reader.meta["key"]: [str(number) for number in range(100)]})
    patch.setattr(reader, "meta", reader.meta | {"md5": md5})


def imagenet(root: Path, classes: tuple[str, ...], train: int, test: int) -> None:
    """Pictures of several sizes in a folder a class, every second one grey."""
    rng = np.random.default_rng(0)
    for part, count in (("train", train), ("val", test)):
        for name in classes:
            for number in range(count):
                grey = number % 2 == 1
                pixels = rng.integers(0, 256, (300 - 50 * number, 280, 3)[: 2 if grey else 3], dtype=np.uint8)
                Image.fromarray(pixels).save(place(root / "imagenet" / part / name / f"{name}_{number}.JPEG", b""))
