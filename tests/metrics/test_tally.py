import math

import torch

from snnexp.metrics.tally import Tally

LOGITS, Y = torch.tensor([[0.0, 1.0], [2.0, 1.0], [0.0, 3.0]]), torch.tensor([1, 1, 1])
NO, YES, ZERO = torch.tensor(False), torch.tensor(True), torch.tensor(0.0)


def test_samples_weigh_alike_whatever_the_batch():
    tally = Tally(torch.device("cpu"))
    tally.add(tally.row(LOGITS, Y, torch.tensor(1.0), torch.tensor(0.5)), NO)
    tally.add(tally.row(LOGITS[:1], Y[:1], torch.tensor(5.0), torch.tensor(2.5)), NO)
    assert tally.compute() == {"loss": 2.0, "penalty": 1.0, "accuracy": 0.75}


def test_a_batch_that_is_left_out_counts_for_nothing():
    tally = Tally(torch.device("cpu"))
    tally.add(tally.row(LOGITS, Y, torch.tensor(math.nan), ZERO), YES)
    assert all(math.isnan(value) for value in tally.compute().values())
    tally.add(tally.row(LOGITS, Y, torch.tensor(1.0), ZERO), NO)
    assert tally.compute() == {"loss": 1.0, "penalty": 0.0, "accuracy": 2 / 3}


def test_of_soft_targets_the_heaviest_class_is_right():
    tally = Tally(torch.device("cpu"))
    tally.add(tally.row(LOGITS, torch.tensor([[0.4, 0.6], [0.4, 0.6], [0.7, 0.3]]), ZERO, ZERO), NO)
    assert tally.compute()["accuracy"] == 1 / 3
