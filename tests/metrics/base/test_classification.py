"""Which class samples are given, by clips and by the largest logits, and what is confused with what."""

import pytest
import torch

from snnexp.metrics.base.classification import Classification


def logits_of(*votes: list[int]) -> torch.Tensor:
    """A row of logits for each clip's vote."""
    return torch.eye(4)[torch.tensor(votes).flatten()]


@pytest.mark.parametrize(
    ("votes", "majority", "plurality"),
    [
        ([2, 2, 2, 0], True, True),
        ([2, 2, 0, 0], False, False),  # a half is no majority, and among equals the lowest class is said
        ([2, 2, 3, 3], False, True),
        ([2, 2, 0, 1], False, True),
        ([2, 0, 1, 3], False, False),
        ([0, 0, 0, 2], False, False),
    ],
    ids=str,
)
def test_clips_decide_by_strict_majority_and_by_plurality(votes: list[int], majority: bool, plurality: bool):
    decided = Classification()
    decided.add(logits_of(votes), torch.tensor([2]))
    found = decided.compute(1)
    assert (found["accuracy"], found["accuracy_plurality"]) == (majority, plurality)
    assert "top5" not in found["classification"]


def test_one_clip_a_sample_leaves_plurality_unsaid():
    logits, y = torch.randn(50, 4), torch.randint(4, (50,))
    decided = Classification()
    decided.add(logits, y)
    found = decided.compute(50)
    assert found["accuracy"] == (logits.argmax(1) == y).double().mean().item() and "accuracy_plurality" not in found


def test_classes_by_hand_over_two_batches():
    decided = Classification()
    decided.add(logits_of([0], [1], [3]), torch.tensor([0, 0, 3]))
    decided.add(logits_of([1]), torch.tensor([1]))
    found = decided.compute(4)
    assert found["accuracy"] == 0.75
    assert found["classification"] == {
        "by_class": [0.5, 1.0, None, 1.0],
        "confusion": [[1, 1, 0, 0], [0, 1, 0, 0], [0, 0, 0, 0], [0, 0, 0, 1]],
        "right": "4:b0",  # 1011
    }
    assert "right" not in decided.compute(8)["classification"]  # where another process saw the other half


def test_top_5_of_seven_classes():
    logits = torch.tensor([7.0, 6, 5, 4, 3, 2, 1]).expand(7, 7)
    decided = Classification()
    decided.add(logits, torch.arange(7))
    assert decided.compute(7)["classification"]["top5"] == pytest.approx(5 / 7)
    assert decided.compute(7)["accuracy"] == pytest.approx(1 / 7)


def test_so_many_classes_are_not_confused():
    decided = Classification()
    decided.add(torch.eye(201), torch.arange(201))
    found = decided.compute(201)["classification"]
    assert found["by_class"] == [1.0] * 201 and "confusion" not in found
