import torch

from snnexp.mixings.base import mix
from snnexp.mixings.cutmix import Cutmix
from snnexp.mixings.mixup import Mixup

X, Y = torch.rand(6, 1, 8, 8), torch.tensor([0, 1, 2, 0, 1, 2])


def test_a_batch_is_mixed_by_its_seeds_alone_and_each_way_as_often():
    ways = [Mixup(3, alpha=1.0), Cutmix(3, alpha=1.0)]
    kinds = []
    for step in range(40):
        torch.manual_seed(step)
        first, weights = mix(ways, X, Y, 1, step, 0)
        torch.manual_seed(7)
        again = mix(ways, X, Y, 1, step, 0)
        assert torch.equal(first, again[0]) and torch.equal(weights, again[1])
        kinds.append(bool(((first == X) | (first == X.roll(1, 0))).all()))
    assert 10 < sum(kinds) < 30
    assert not torch.equal(mix(ways, X, Y, 1, 3, 0)[1], mix(ways, X, Y, 1, 3, 1)[1])
