"""Cross-validation: training and test set are put together and divided into folds, each of which is tested once."""

import torch

from snnexp.datasets.base.split import Samples, Split
from snnexp.errors import UserError
from snnexp.randomness import generator


def fold(train: Samples, test: Samples, folds: int, seed: int) -> tuple[Split, Split]:
    """Divide all samples again, each class spread evenly: the seed's fold is tested, the others are trained on.

    Of k folds seeds 1 to k test each one once, seeds k + 1 to 2 k those of another division, and so on.

    Raises:
        UserError: samples that do not lie whole in memory, or too few for so many folds.
    """
    if not (isinstance(train, Split) and isinstance(test, Split)):
        raise UserError(f"dataset.folds={folds}: only sets whose samples lie in memory can be divided again; give 0")
    whole = Split(torch.cat([train.x, test.x]), torch.cat([train.y, test.y]))
    division, number = divmod(seed - 1, folds)
    of = torch.empty_like(whole.y)
    for label in whole.y.unique().tolist():
        rows = torch.nonzero(whole.y == label).flatten()
        order = torch.randperm(len(rows), generator=generator("folds", division, label))
        of[rows[order]] = (torch.arange(len(rows)) + label) % folds  # not the larger ones of all classes in one fold
    if len(of.unique()) < folds:
        raise UserError(f"dataset.folds={folds}: leaves folds without any of the {len(of)} samples; give fewer, as 10")
    parts = of != number, of == number
    rest, tested = (whole.take(torch.nonzero(part).flatten()) for part in parts)
    return rest, tested
