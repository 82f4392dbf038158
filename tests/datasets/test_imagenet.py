from pathlib import Path

import numpy as np
import pytest
import torch
from image_files import imagenet
from PIL import Image
from torchvision.transforms import RandomResizedCrop, v2

from snnexp.augments.base import Chain
from snnexp.augments.flip import Flip
from snnexp.datasets.base import BrokenData
from snnexp.datasets.imagenet import Imagenet, random_crop
from snnexp.errors import UserError

QUANTILES = (0.1, 0.25, 0.5, 0.75, 0.9)
CLASSES = ("n01440764", "n01443537", "n15075141")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    imagenet(tmp_path, CLASSES, train=4, test=2)
    return tmp_path


def test_folders_in_the_alphabets_order_are_labels(root: Path):
    dataset = Imagenet(root=str(root), workers=0)
    train, test = dataset.load(T=4)
    assert train.y.tolist() == [0] * 4 + [1] * 4 + [2] * 4 and test.y.tolist() == [0, 0, 1, 1, 2, 2]
    assert dataset.describe() == "imagenet: 12 training, 6 test images" and dataset.num_classes == 1000


def test_test_images_are_torchvisions_resized_middles(root: Path):
    dataset = Imagenet(root=str(root), workers=0)
    x, _ = next(dataset.loader(dataset.load(T=4)[1], batch_size=6, seed=1, device="cpu", shuffle=False).epoch(0))
    paths = sorted((root / "imagenet" / "val").glob("*/*.JPEG"))
    images = [v2.functional.pil_to_tensor(Image.open(path).convert("RGB")) for path in paths]
    theirs = v2.Compose([v2.Resize(256, antialias=True), v2.CenterCrop(224)])
    assert torch.equal(x, dataset.normalize(torch.stack([theirs(image) for image in images])))


def test_training_images_are_random_crops_that_repeat_for_seed_and_epoch(root: Path):
    dataset = Imagenet(root=str(root), workers=0)
    train, _ = dataset.load(T=4)

    def epoch(number: int, batch_size: int = 12, seed: int = 1) -> torch.Tensor:
        options = {"seed": seed, "device": "cpu", "shuffle": False, "augment": Chain(flip=Flip())}
        return torch.cat([x for x, _ in dataset.loader(train, batch_size=batch_size, **options).epoch(number)])

    before = torch.random.get_rng_state()
    first = epoch(0)
    assert torch.equal(torch.random.get_rng_state(), before)
    assert first.shape == (12, 3, 224, 224) and torch.equal(first, epoch(0, batch_size=5))
    assert not torch.equal(first, epoch(1)) and not torch.equal(first, epoch(0, seed=2))


def test_validation_images_are_middles_as_test_images_are(root: Path):
    dataset = Imagenet(root=str(root), workers=0)
    train, _ = dataset.load(T=4)
    rest, held = dataset.hold_out(train, 0.25)
    assert rest.y.tolist() == [0] * 3 + [1] * 3 + [2] * 3 and held.y.tolist() == [0, 1, 2]
    x, _ = next(dataset.loader(held, batch_size=3, seed=1, device="cpu", shuffle=False).epoch(0))
    paths = sorted((root / "imagenet" / "train").glob("*/*.JPEG"))
    images = [v2.functional.pil_to_tensor(Image.open(path).convert("RGB")) for path in paths]
    theirs = v2.Compose([v2.Resize(256, antialias=True), v2.CenterCrop(224)])
    middles = [dataset.normalize(theirs(image)[None])[0] for image in images]
    assert all(any(torch.equal(each, middle) for middle in middles) for each in x)


def test_crops_have_torchvisions_distribution_of_areas(tmp_path: Path):
    """A picture whose red counts rows and whose green counts columns tells a crop's extent."""
    y, x = np.mgrid[:256, :256].astype(np.uint8)
    path = tmp_path / "ramp.png"
    Image.fromarray(np.stack([y, x, x], -1)).save(path)

    def area(seed: int) -> float:
        crop = random_crop([(str(path), 0)], (8, 8), (0.08, 1.0), 0, torch.Generator().manual_seed(seed)).double()
        height, width = crop[0, -1].mean() - crop[0, 0].mean(), crop[1, :, -1].mean() - crop[1, :, 0].mean()
        return float(height * width) * (8 / 7) ** 2 / 256**2  # between the middles of the outer pixels

    with torch.random.fork_rng():
        torch.manual_seed(0)
        boxes = [
            RandomResizedCrop.get_params(torch.empty(3, 256, 256), [0.08, 1.0], [3 / 4, 4 / 3]) for _ in range(400)
        ]
    theirs = np.quantile([h * w / 256**2 for _, _, h, w in boxes], QUANTILES)
    np.testing.assert_allclose(np.quantile([area(seed) for seed in range(400)], QUANTILES), theirs, atol=0.1)


def test_workers_read_what_one_process_reads(root: Path):
    alone, beside = (Imagenet(root=str(root), workers=workers, size=16, resize=16) for workers in (0, 2))

    def epoch(dataset: Imagenet) -> tuple[torch.Tensor, torch.Tensor]:
        loader = dataset.loader(dataset.load(T=4)[0], batch_size=5, seed=1, device="cpu", shuffle=True)
        x, y = zip(*loader.epoch(0), strict=True)
        return torch.cat(x), torch.cat(y)

    for found, expected in zip(epoch(beside), epoch(alone), strict=True):
        assert torch.equal(found, expected)


def test_damaged_pictures_are_named(root: Path):
    path = root / "imagenet" / "val" / CLASSES[1] / f"{CLASSES[1]}_0.JPEG"
    data = path.read_bytes()
    dataset = Imagenet(root=str(root), workers=0)
    for harm in (b"", b"no picture", data[: len(data) // 2]):
        path.write_bytes(harm)
        with pytest.raises(BrokenData, match=f"{path}: "):
            dataset.verify()


def test_splits_of_different_classes_are_told(root: Path):
    (root / "imagenet" / "val" / CLASSES[0]).rename(root / "imagenet" / "val" / "n09999999")
    with pytest.raises(BrokenData, match=r"3 training and 3 validation classes.*'n01440764', 'n09999999'"):
        Imagenet(root=str(root)).load(T=4)


def test_an_empty_folder_is_told(tmp_path: Path):
    for part in ("train", "val"):
        (tmp_path / "imagenet" / part).mkdir(parents=True)
    with pytest.raises(BrokenData, match="snnexp data fetch imagenet"):
        Imagenet(root=str(tmp_path)).load(T=4)


@pytest.mark.parametrize(
    "constant", [{"size": 0}, {"size": 300}, {"scale": (0.5, 0.1)}, {"scale": (0.5,)}, {"workers": -1}], ids=str
)
def test_refuses_constants_out_of_range(constant: dict):
    (key,) = constant
    with pytest.raises(UserError, match=rf"dataset\.{key}="):
        Imagenet(**constant)
