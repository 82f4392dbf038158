"""How a network is trained: the values of the config's groups `trainer` and `launch`."""

import copy
import pickle
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, Literal

from snnexp.errors import UserError, require

Pace = Literal["epoch", "step"]
# Keys that came later than the first runs, with the values at which they change nothing: a stored config may lack them,
# and with them a run is the one that it was without.
LATER: dict[str, Any] = {
    "dataset.folds": 0,
    "dataset.share": 1.0,
    "dataset.validation": 0.0,
    "trainer.early_stopping": {"patience": None},
    "trainer.ema_decay": None,
    "trainer.freeze": [],
    "init_from": None,
    "init_skip": [],
    "plan": None,
    "mixing": {},
    "augment.autoaugment.fill": 0,
    "regularizer.rmp.target": "spikes",
}


SETS = ("trainer.freeze", "init_skip")  # names whose order changes nothing


def completed(config: Mapping[str, Any]) -> dict[str, Any]:
    """Give a config the keys that came later than it, as far as it has their groups."""
    config = duplicate(config)
    for key, value in LATER.items():
        node, name = holder(config, key)
        if node is not None:
            node.setdefault(name, copy.deepcopy(value))
    return config


def distinguishing(config: Mapping[str, Any]) -> dict[str, Any]:
    """Leave out of a config the keys that came later, where they change nothing; of sets, order and repetitions."""
    config = duplicate(config)
    for key in SETS:
        node, name = holder(config, key)
        if node is not None and name in node:
            node[name] = sorted({*node[name]})
    for key, value in LATER.items():
        node, name = holder(config, key)
        if node is not None and name in node and node[name] == value:
            del node[name]
    return config


def duplicate(config: Mapping[str, Any]) -> dict[str, Any]:
    """Return a copy of plain values, in a tenth of the time of `copy.deepcopy`: a sweep makes some of each job."""
    return pickle.loads(pickle.dumps(dict(config)))


def holder(config: dict[str, Any], key: str) -> tuple[dict[str, Any] | None, str]:
    """Return the group that a key stands in, None where the config has no such group, and the key's last word."""
    *groups, name = key.split(".")
    node: Any = config
    for group in groups:
        node = node.get(group) if isinstance(node, dict) else None
    return (node if isinstance(node, dict) else None), name


@dataclass(frozen=True, kw_only=True)
class TrainerConfig:
    """How long and how a network is trained; `grad_clip` bounds the norm of all gradients together.

    `accumulate` splits each batch into so many parts, one after the other; with `auto_accumulate` that number is
    doubled until a part fits the memory. `checkpoint_activations` saves memory in another way: the inside of each layer
    or block is computed again in the backward pass. `amp` computes in bfloat16 where autocast allows it (true),
    in float32 whose products a GPU rounds to TF32 (tf32), or in float32 (false). `deterministic` refuses operations
    that differ from run to run. `cuda_graph` replays steps as a CUDA graph: wherever it can be done (auto), or else
    with an error (true). `nan_policy` says what follows a step that is not finite: the run stops, the step is left out
    (skip), or the epoch is trained again in another order (rollback). `early_stopping` ends a training after so many
    epochs (`patience`) in a row without a better accuracy on the validation split; null: none. `ema_decay` averages the
    weights of all steps, each counting less by this factor than the next: what is tested and saved is then the average
    (`training/averaging.py`). `freeze` names parts of
    the network, as `stem`, whose weights and running statistics stay as they are.

    Raises:
        UserError: a value out of range.
    """

    epochs: int
    batch_size: int
    eval_batch_size: int
    accumulate: int
    auto_accumulate: bool
    checkpoint_activations: bool
    amp: bool | Literal["tf32"]
    grad_clip: float | None
    deterministic: bool
    cuda_graph: bool | Literal["auto"]
    nan_policy: Literal["stop", "skip", "rollback"]
    early_stopping: Mapping[str, Any]
    ema_decay: float | None
    freeze: Sequence[str]

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if field.type is int and value < 1:
                raise UserError(f"trainer.{field.name}={value}: must be at least 1")
        if self.grad_clip is not None and not self.grad_clip > 0:
            raise UserError(f"trainer.grad_clip={self.grad_clip}: must be above 0, or null for none")
        if self.ema_decay is not None and not 0 <= self.ema_decay < 1:
            raise UserError(f"trainer.ema_decay={self.ema_decay}: must lie in [0, 1), or null for none")
        if self.accumulate > self.batch_size:
            raise UserError(f"trainer.accumulate={self.accumulate}: at most trainer.batch_size={self.batch_size}")


@dataclass(frozen=True, kw_only=True)
class EarlyStopping:
    """What `trainer.early_stopping` holds: epochs in a row without a better figure before a training ends.

    Raises:
        UserError: a value out of range.
    """

    patience: int | None

    def __post_init__(self) -> None:
        if self.patience is not None and self.patience < 1:
            raise UserError(f"trainer.early_stopping.patience={self.patience}: must be at least 1, in epochs, or null")


@dataclass(frozen=True, kw_only=True)
class LaunchConfig:
    """One training in `nproc` processes, each on a part of every batch and on a device of its own.

    With `sync_batch_norm` batch norm takes the statistics of the whole batch, else each process those of its part.

    Raises:
        UserError: a value out of range.
    """

    nproc: int
    sync_batch_norm: bool

    def __post_init__(self) -> None:
        require(self.nproc >= 1, f"launch.nproc={self.nproc}: must be at least 1")


def check_validation(share: float, patience: int | None) -> None:
    """Refuse a share of the training set that leaves nothing to train on, and what needs one where there is none."""
    require(0 <= share < 1, f"dataset.validation={share}: must be a share of the training set, as 0.1; 0 for none")
    if patience is not None and not share:
        remedy = "give dataset.validation=0.1, or null here"
        raise UserError(f"trainer.early_stopping.patience={patience}: needs a validation split; {remedy}")


def check_parts(folds: int, seed: int, share: float, init_from: str | None) -> None:
    """Refuse folds that leave nothing to train on, or that no seed names, and a share of the set that is none."""
    if folds != 0 and folds < 2:
        raise UserError(f"dataset.folds={folds}: must be at least 2, as 10; 0 for training and test set as published")
    if folds and not seed:
        raise UserError(f"seed=0: dataset.folds={folds} tests the fold that the seed names, from 1 on; give seed=1")
    if folds and init_from:
        reason = "the weights that init_from names may have been trained on the fold that is tested"
        raise UserError(f"dataset.folds={folds}: {reason}; leave one of them out")
    require(0 < share <= 1, f"dataset.share={share}: must be a share of the training set, as 0.1; 1 for all of it")
