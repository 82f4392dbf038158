from pathlib import Path

import pytest
import torch
from image_files import imagenet
from PIL import Image
from torchvision.transforms import v2

from snnexp.augments.base import Chain
from snnexp.augments.flip import Flip
from snnexp.datasets.base import BrokenData
from snnexp.datasets.imagenet import Imagenet
from snnexp.errors import UserError

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


def test_crops_have_torchvisions_distribution_of_areas(root: Path):
    dataset = Imagenet(root=str(root), workers=0, scale=(1.0, 1.0), size=8, resize=8)
    train, _ = dataset.load(T=4)
    whole = train.read(0, torch.Generator().manual_seed(0))
    other = train.read(0, torch.Generator().manual_seed(1))
    assert whole.shape == (3, 8, 8) and (whole.float() - other.float()).abs().mean() < 20


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
