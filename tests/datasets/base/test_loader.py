import pytest
import torch

from snnexp.augments.autoaugment import Autoaugment
from snnexp.augments.base import Chain
from snnexp.augments.crop import Crop
from snnexp.augments.cutout import Cutout
from snnexp.augments.flip import Flip
from snnexp.datasets.base import Loader, Split
from snnexp.datasets.cifar10 import Cifar10
from snnexp.datasets.nmnist import Nmnist

RECIPE = Chain(crop=Crop(padding=2), flip=Flip(), autoaugment=Autoaugment(), cutout=Cutout(size=4))


def images(n: int = 103) -> Split:
    x = torch.randint(256, (n, 3, 8, 8), dtype=torch.uint8, generator=torch.Generator().manual_seed(5))
    return Split(x, torch.arange(n))


def loader(batch_size: int = 10, seed: int = 1, shuffle: bool = True, augment=RECIPE, device="cpu") -> Loader:
    return Loader(
        images(), dataset=Cifar10(), batch_size=batch_size, seed=seed, device=device, shuffle=shuffle, augment=augment
    )


def epoch(loader: Loader, number: int = 0, start: int = 0) -> tuple[torch.Tensor, torch.Tensor]:
    x, y = zip(*loader.epoch(number, start), strict=True)
    return torch.cat(x), torch.cat(y)


def by_sample(loader: Loader, number: int = 0) -> torch.Tensor:
    x, y = epoch(loader, number)
    return x[y.argsort()]


def test_each_epoch_holds_every_sample_once_and_keeps_the_last_batch():
    batches = [len(y) for _, y in loader(batch_size=10).epoch(0)]
    assert batches == [10] * 10 + [3] and len(loader(batch_size=10)) == 11
    assert epoch(loader())[1].sort().values.tolist() == list(range(103))
    assert loader().samples == 103


def test_without_shuffling_and_augmentation_the_split_comes_as_it_is():
    x, y = epoch(loader(shuffle=False, augment=None))
    assert torch.equal(x, Cifar10().normalize(images().x)) and y.tolist() == list(range(103))


def test_labels_stay_with_their_images():
    assert torch.equal(by_sample(loader(augment=None)), Cifar10().normalize(images().x))


def test_order_and_augmentation_repeat_for_the_same_seed_and_epoch():
    assert all(torch.equal(a, b) for a, b in zip(epoch(loader(), 3), epoch(loader(), 3), strict=True))


@pytest.mark.parametrize(("seed", "number"), [(1, 1), (2, 0)], ids=["epoch", "seed"])
def test_order_and_augmentation_change_with(seed: int, number: int):
    assert not torch.equal(epoch(loader())[1], epoch(loader(seed=seed), number)[1])
    assert not torch.equal(by_sample(loader()), by_sample(loader(seed=seed), number))


@pytest.mark.parametrize("batch_size", [1, 7, 64, 500])
def test_batch_size_changes_no_sample(batch_size: int):
    assert all(torch.equal(a, b) for a, b in zip(epoch(loader()), epoch(loader(batch_size)), strict=True))


@pytest.mark.parametrize("chunk", [1, 20, 64])
def test_chunk_changes_no_sample(chunk: int):
    small = loader()
    small.chunk = chunk
    assert all(torch.equal(a, b) for a, b in zip(epoch(loader()), epoch(small), strict=True))


@pytest.mark.parametrize("start", [1, 4, 10])
def test_a_later_start_gives_the_rest_of_the_epoch(start: int):
    whole, rest = epoch(loader()), epoch(loader(), start=start)
    assert all(torch.equal(a[start * 10 :], b) for a, b in zip(whole, rest, strict=True))


def test_a_start_past_the_end_gives_nothing():
    assert list(loader().epoch(0, start=11)) == []


def test_order_is_the_same_with_and_without_augmentation():
    assert torch.equal(epoch(loader())[1], epoch(loader(augment=None))[1])


def test_the_frames_of_a_recording_move_together():
    x = torch.zeros(40, 5, 2, 34, 34, dtype=torch.uint8)
    x[..., 16, 16] = 9
    split = Split(x, torch.arange(40))
    shifted = Loader(
        split, dataset=Nmnist(), batch_size=40, seed=1, device="cpu", shuffle=False, augment=Chain(c=Crop(padding=2))
    )
    frames = next(shifted.epoch(0))[0]
    places = frames.flatten(3).argmax(3)
    assert frames.shape == (5, 40, 2, 34, 34) and frames.sum() == 40 * 10 * 9
    assert (places == places[:1, :, :1]).all() and len(places.unique()) > 10


@pytest.mark.cuda
def test_on_cuda_nothing_waits_and_the_images_are_those_of_the_cpu(no_waits):
    on_device = loader(device="cuda")
    list(on_device.epoch(0))  # pinned memory is allocated in the first epoch
    with no_waits:
        batches = list(on_device.epoch(1))
    torch.testing.assert_close(torch.cat([x for x, _ in batches]).cpu(), epoch(loader(), 1)[0])
