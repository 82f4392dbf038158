"""The loaders of a run's data."""

from typing import Any, NamedTuple

from jaxtyping import Int64
from torch import Tensor

from snnexp.config.compose import Composed
from snnexp.datasets.base import Dataset, Ordered, Samples
from snnexp.errors import UserError
from snnexp.training.parts import part
from snnexp.training.trainer import Trainer


class Loaders(NamedTuple):
    """The training set shuffled and augmented, the others as they are; `validation` where some of it is held out.

    `labels` are those of the whole training set.
    """

    train: Ordered
    test: Ordered
    validation: Ordered | None
    labels: Int64[Tensor, " N"]


def load(composed: Composed, dataset: Dataset, trainer: Trainer) -> Loaders:
    """Read the data, hold out `dataset.validation` of them, take `dataset.share` of the rest, and make the loaders.

    Raises:
        UserError: data missing or damaged, fewer samples than processes, or than classes and subjects allow, or a share
            of fewer than a batch.
    """
    train, test = dataset.load(composed.config["T"])
    shares, held, labels = composed.config["dataset"], None, train.y
    if shares["validation"]:
        train, held = dataset.hold_out(train, shares["validation"])
    if shares["share"] < 1:
        train = reduced(dataset, train, shares["share"], trainer.config.batch_size)
    check_team(trainer, train, *filter(None, [test, held]))
    team, settings = trainer.team, trainer.config
    shared: dict[str, Any] = {"seed": trainer.seed, "device": trainer.device, "shard": (team.rank, team.size)}
    still = shared | {"batch_size": settings.eval_batch_size, "shuffle": False}
    augment = part(composed, "augment")
    return Loaders(
        dataset.loader(train, batch_size=settings.batch_size, shuffle=True, augment=augment, **shared),
        dataset.loader(test, **still),
        None if held is None else dataset.loader(held, **still),
        labels,
    )


def reduced(dataset: Dataset, train: Samples, share: float, batch: int) -> Samples:
    """Take a share of the samples to train on, of at least a batch: fewer are a slip, as 1e-9 or a percentage."""
    used = dataset.reduce(train, share)
    if len(used) < batch:
        left = f"leaves {len(used)} of {len(train)} samples to train on, fewer than a batch"
        raise UserError(f"dataset.share={share:g}: {left}; give more, or trainer.batch_size={len(used)}")
    return used


def check_team(trainer: Trainer, train: Samples, *others: Samples) -> None:
    """Refuse batches that leave a process of the team without a sample."""
    size, batch = trainer.team.size, trainer.config.batch_size
    if batch % size or 0 < len(train) % batch < size:
        reason = f"batches, the last one of {len(train)} samples too, must fill {size} processes"
        raise UserError(f"trainer.batch_size={batch}: {reason}")
    if fewest := [len(each) for each in others if len(each) < size]:
        raise UserError(f"launch.nproc={size}: only {fewest[0]} samples to evaluate; take no more processes than that")
