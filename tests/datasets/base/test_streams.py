import pytest
import torch

from snnexp.augments.base import Chain
from snnexp.augments.flip import Flip
from snnexp.datasets.base import BrokenData, Files
from snnexp.datasets.base.streams import StreamLoader
from snnexp.datasets.cifar10 import Cifar10


def read(index: int, generator: torch.Generator) -> torch.Tensor:
    """An image that shows its index and a draw."""
    image = torch.full((3, 4, 4), index, dtype=torch.uint8)
    image[1] = torch.randint(256, (4, 4), generator=generator)
    return image


def loader(workers: int = 0, batch_size: int = 4, augment=None, shuffle: bool = True) -> StreamLoader:
    split = Files(read, torch.arange(21), (4, 4), workers)
    return StreamLoader(
        split, dataset=Cifar10(), batch_size=batch_size, seed=1, device="cpu", shuffle=shuffle, augment=augment
    )


def epoch(loader: StreamLoader, number: int = 0, start: int = 0) -> tuple[torch.Tensor, torch.Tensor]:
    x, y = zip(*loader.epoch(number, start), strict=True)
    return torch.cat(x), torch.cat(y)


def test_each_epoch_reads_every_sample_once_with_its_label():
    x, y = epoch(loader())
    assert y.sort().values.tolist() == list(range(21)) and len(loader()) == 6
    expected = Cifar10().normalize(torch.arange(21, dtype=torch.uint8)[:, None, None, None].expand(21, 3, 4, 4))
    assert torch.equal(x[:, 0], expected[y, 0])


def test_draws_repeat_for_an_epoch_and_change_with_it():
    first, again, second = epoch(loader()), epoch(loader()), epoch(loader(), 1)
    assert torch.equal(first[0], again[0])
    assert not torch.equal(first[0][first[1].argsort(), 1], second[0][second[1].argsort(), 1])


@pytest.mark.parametrize("change", [{"batch_size": 1}, {"batch_size": 64}, {"workers": 2}], ids=str)
def test_batch_size_and_workers_change_no_sample(change: dict):
    recipe = Chain(flip=Flip())
    other = loader(**change, augment=recipe)
    for number in (0, 1):  # the same workers serve both
        assert all(
            torch.equal(a, b) for a, b in zip(epoch(loader(augment=recipe), number), epoch(other, number), strict=True)
        )


def test_a_later_start_gives_the_rest():
    whole, rest = epoch(loader()), epoch(loader(), start=2)
    assert all(torch.equal(a[8:], b) for a, b in zip(whole, rest, strict=True))
    assert list(loader().epoch(0, start=6)) == []


def test_without_shuffling_samples_come_in_order():
    assert epoch(loader(shuffle=False))[1].tolist() == list(range(21))


def damaged(index: int, generator: torch.Generator) -> torch.Tensor:
    if index == 7:
        raise BrokenData("dataset x: /7.npz: cut short; place the file again")
    return read(index, generator)


@pytest.mark.parametrize("workers", [0, 1])
def test_a_damaged_file_ends_in_its_own_one_line_error(workers: int):
    split = Files(damaged, torch.arange(21), (4, 4), workers)
    broken = StreamLoader(split, dataset=Cifar10(), batch_size=4, seed=1, device="cpu", shuffle=True)
    with pytest.raises(BrokenData, match=r"^dataset x: /7\.npz: cut short; place the file again$"):
        list(broken.epoch(0))


def test_starts_at_most_one_worker_a_core(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("os.cpu_count", lambda: 1)
    assert loader(workers=7).batches.num_workers == 1
