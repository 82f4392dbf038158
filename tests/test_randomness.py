"""Seeds depend on each of their parts, and on nothing else."""

import pytest
import torch

from snnexp.randomness import derive, generator, reseed


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


def test_a_cpu_draws_by_the_seed_of_the_step():
    drawn = []
    for step in (1, 2, 1):
        reseed(torch.device("cpu"), 1, "step", step, 0)
        drawn.append(torch.rand(3))
    assert torch.equal(drawn[0], drawn[2]) and not torch.equal(drawn[0], drawn[1])
    torch.manual_seed(derive(1, "step", 1, 0))
    assert torch.equal(drawn[0], torch.rand(3))


@pytest.mark.cuda(2)
def test_only_the_generator_of_the_device_is_seeded():
    torch.cuda.init()
    generators = torch.cuda.default_generators
    torch.manual_seed(0)
    reseed(torch.device("cuda:1"), 1, "step", 1, 0)
    assert generators[1].initial_seed() == derive(1, "step", 1, 0)
    assert generators[0].initial_seed() == torch.default_generator.initial_seed() == 0
