"""What classification decides: which class a sample is given, whether that is right, and which classes are confused."""

from typing import Any

import torch
from jaxtyping import Bool, Float, Int64
from torch import Tensor

from snnexp.metrics.base.items import encode

TOP = 5
LARGEST = 200  # classes up to which the confusion of each with each is counted


class Classification:
    """Counts over samples, held on the device: right answers by three rules, and pairs of true and given class.

    Majority: more than half of a sample's clips are right (BICLab/ASA-SNN apis/test.py). Plurality: its class is what
    most clips say, among equals the lowest class. With one clip a sample the two agree, and top-5 is counted: the class
    is among the five of the largest logits.
    """

    def __init__(self) -> None:
        self.clips = 1
        self.items: list[Bool[Tensor, " N"]] = []  # of this process, whether each is right by majority
        self.right: Float[Tensor, 3] | float = 0.0
        self.pairs: Int64[Tensor, "K K"] | int = 0

    def add(self, logits: Float[Tensor, "M K"], y: Int64[Tensor, "N"]) -> None:
        """Count a batch, with M / N rows of logits a sample, one for each clip; nothing here waits for the device."""
        each = torch.arange(logits.shape[1], device=logits.device)
        self.clips = len(logits) // len(y)
        votes = logits.argmax(1).view(len(y), -1)
        majority = 2 * (votes == y[:, None]).sum(1) > votes.shape[1]
        given = (votes[:, :, None] == each).sum(1).argmax(1)
        self.items.append(majority)
        rules = [majority, given == y]
        if self.clips == 1:
            rules.append((logits.topk(min(TOP, len(each))).indices == y[:, None]).any(1))
        self.right = self.right + torch.stack(rules).sum(1).double()
        truth, answers = ((of[:, None] == each).float() for of in (y, given))
        self.pairs = self.pairs + (truth.T @ answers).long()  # bincount would wait for the device

    def sums(self) -> list[Tensor]:
        """Return the tensors that processes add up."""
        assert isinstance(self.right, Tensor) and isinstance(self.pairs, Tensor)
        return [self.right, self.pairs]

    def compute(self, samples: int) -> dict[str, Any]:
        """Return accuracy, that by plurality where samples have several clips, as shares; `classification`, the rest.

        That holds top5 where there are more than five classes, by_class (the share of each class that is right by
        plurality, null without samples), confusion (a row a true class, a column a given one) up to 200 classes, and
        right (which samples are, by `items.encode`) where one process saw them all.
        """
        right, pairs = self.sums()
        shares, (majority, plurality) = (right / samples).tolist(), (right / samples).tolist()[:2]
        counts = pairs.tolist()
        by_class = [row[k] / sum(row) if sum(row) else None for k, row in enumerate(counts)]
        more: dict[str, Any] = {"by_class": by_class} | ({"confusion": counts} if len(counts) <= LARGEST else {})
        if self.clips == 1 and len(counts) > TOP:
            more = {"top5": shares[2]} | more
        if sum(map(len, self.items)) == samples:
            more |= {"right": encode(torch.cat(self.items).cpu().numpy())}
        named = {"accuracy": majority} | ({"accuracy_plurality": plurality} if self.clips > 1 else {})
        return named | {"classification": more}
