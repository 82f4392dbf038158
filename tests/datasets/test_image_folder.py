from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from snnexp.config.compose import compose
from snnexp.datasets.base import BrokenData
from snnexp.datasets.image_folder import ImageFolder
from snnexp.errors import UserError
from snnexp.training.run import train


def save(path: Path, colour: tuple[int, int, int], size: tuple[int, int] = (40, 60), mode: str = "RGB") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    pixels = np.full((*size, 3), colour, np.uint8)
    Image.fromarray(pixels).convert(mode).save(path)
    return path


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for part, count in {"train": 3, "test": 1}.items():
        for label, name in enumerate(("cat", "dog")):
            for number in range(count):
                save(tmp_path / part / name / f"{number}.png", (100 * label, 10 * number, 7))
    return tmp_path


def test_folders_are_classes_and_pictures_come_in_the_size_asked_for(root: Path):
    dataset = ImageFolder(root=str(root), size=16, resize=20, workers=0)
    dataset.check()
    assert dataset.num_classes == 2
    train, test = dataset.load(T=1)
    assert train.y.tolist() == [0, 0, 0, 1, 1, 1] and test.y.tolist() == [0, 1]
    assert dataset.describe() == "image_folder: 6 training, 2 test images (2 classes)"
    x, y = next(dataset.loader(train, batch_size=6, seed=1, device="cpu", shuffle=False).epoch(0))
    assert x.shape == (6, 3, 16, 16) and torch.equal(y, train.y)
    pixel = torch.tensor([100, 20, 7]) / 255
    expected = (pixel - torch.tensor([0.485, 0.456, 0.406])) / torch.tensor([0.229, 0.224, 0.225])
    torch.testing.assert_close(x[5, :, 8, 8], expected)


def test_a_training_takes_its_classes_and_its_size(root: Path, tmp_path_factory: pytest.TempPathFactory):
    words = [f"dataset.root={root}", "dataset.workers=0", "backbone.width=2", "T=1", "trainer.epochs=1", "device=cpu"]
    result = train(compose(["dataset=image_folder", *words, f"runs_dir={tmp_path_factory.mktemp('runs')}"]))
    assert result["data"] == "image_folder: 6 training, 2 test images (2 classes)"
    assert result["test_accuracy"] in (0, 0.5, 1)


def test_other_pictures_are_other_data(root: Path):
    before = ImageFolder(root=str(root)).fingerprint()
    assert ImageFolder(root=str(root)).fingerprint() == before
    save(root / "test" / "dog" / "1.png", (9, 9, 9))
    after = ImageFolder(root=str(root)).fingerprint()
    assert after["training"] == before["training"] and after["test"] != before["test"]


def test_grey_pictures_hidden_files_and_other_names_of_splits(root: Path):
    (root / "test").rename(root / "val")
    save(root / "train" / "cat" / "grey.jpg", (50, 50, 50), mode="L")
    (root / "train" / "cat" / "._0.png").write_bytes(b"by macOS")
    (root / "train" / ".ipynb_checkpoints").mkdir()
    dataset = ImageFolder(root=str(root), test="val", workers=0)
    train, _ = dataset.load(T=1)
    assert train.y.tolist() == [0, 0, 0, 0, 1, 1, 1]
    dataset.verify()


def test_a_class_may_lack_test_pictures_but_not_training_pictures(root: Path):
    (root / "test" / "cat" / "0.png").unlink()
    (root / "test" / "cat").rmdir()
    assert ImageFolder(root=str(root)).load(T=1)[1].y.tolist() == [1]
    (root / "train" / "eel").mkdir()
    with pytest.raises(BrokenData, match=r"eel.*dataset\.root=DIR names a folder"):
        ImageFolder(root=str(root)).load(T=1)


def test_damage_and_a_missing_folder_are_told(root: Path):
    path = root / "train" / "dog" / "1.png"
    path.write_bytes(path.read_bytes()[:50])
    with pytest.raises(BrokenData, match=f"{path}: "):
        ImageFolder(root=str(root), workers=0).verify()
    with pytest.raises(BrokenData, match=r"lacks train, test.*holds train/CLASS/FILE"):
        ImageFolder(root=str(root / "train")).check()


@pytest.mark.parametrize(
    "constant", [{"size": 0}, {"size": 33}, {"workers": -1}, {"test": "train"}, {"std": [0.1]}], ids=str
)
def test_refuses_constants_out_of_range(constant: dict):
    ((key, value),) = constant.items()
    with pytest.raises(UserError) as error:
        ImageFolder(**constant)
    assert str(error.value).startswith(f"dataset.{key}={value}")
