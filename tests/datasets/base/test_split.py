"""Some of a split's samples, and samples as a test has them."""

import pickle

import numpy as np
import torch

from snnexp.datasets.base.split import Files, Recordings, Split

Y = torch.arange(3)


def doubled(index: int, generator: torch.Generator) -> torch.Tensor:
    return torch.tensor([2.0 * index])


def plain(index: int, generator: torch.Generator) -> torch.Tensor:
    return torch.tensor([1.0 * index])


def test_samples_in_memory():
    some = Split(10 * torch.arange(3)[:, None], Y).take(torch.tensor([2, 0]))
    assert some.x.tolist() == [[20], [0]] and some.y.tolist() == [2, 0] and some.tested() is some


def test_recordings_share_their_events():
    events = np.arange(14, dtype=np.int32).reshape(7, 2)
    whole = Recordings(events, np.array([[0, 2], [2, 3], [3, 7]]), Y, (4, 4), (2, 2), 2, 10, 2, 5, is_random=True)
    some = whole.take(torch.tensor([2, 1]))
    assert some.events is events and some.bounds.tolist() == [[3, 7], [2, 3]] and some.y.tolist() == [2, 1]
    assert some.is_random and not some.tested().is_random and some.tested().clips == 5


def test_files_are_read_by_the_row_that_they_had_also_by_another_process():
    some = Files(doubled, Y, (1, 1), workers=0, read_tested=plain).take(torch.tensor([2, 0]))
    some, draws = pickle.loads(pickle.dumps(some)), torch.Generator()
    assert [some.read(index, draws).item() for index in range(2)] == [4, 0]
    assert [some.tested().read(index, draws).item() for index in range(2)] == [2, 0]
    assert Files(doubled, Y, (1, 1), workers=0).take(torch.tensor([1])).tested().read(0, draws).item() == 2
