"""Seeds depend on each of their parts, and on nothing else."""

import torch

from snnexp.randomness import derive, generator


def test_seeds_differ_by_each_part():
    seeds = {
        derive(1, "order", 2),
        derive(2, "order", 1),
        derive(1, "augment", 2),
        derive(1, "order", 22),
        derive(12, "order"),
    }
    assert len(seeds) == 5
    assert all(0 <= seed < 2**63 for seed in seeds)


def test_is_the_same_in_every_process():
    assert derive(0, "weights", "stem") == 7070174712096167146
    assert torch.equal(torch.rand(3, generator=generator(1, "x")), torch.rand(3, generator=generator(1, "x")))
