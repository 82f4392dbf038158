"""The epoch of a training that did best."""

from dataclasses import dataclass, field

from torch import Tensor, nn

from snnexp.metrics.figures import judging
from snnexp.training.contracts import Row, State


@dataclass
class Best:
    """The epoch with the highest accuracy so far, the first of equals: `row` holds its accuracy and its number.

    Its weights are stored where a validation split has chosen it: what a test set chose should be used for nothing.
    """

    row: Row = field(default_factory=dict)
    weights: dict[str, Tensor] = field(default_factory=dict)  # on the CPU

    @property
    def epoch(self) -> int:
        """Its number, counted from 0; -1 before the first is trained."""
        return self.row.get("best_epoch", -1)

    def consider(self, row: Row, network: nn.Module) -> None:
        """Take an epoch's row, if it is better than those before."""
        key = judging(row)
        if self.row and row[key] <= self.row[f"best_{key}"]:
            return
        self.row = {f"best_{key}": row[key], "best_epoch": row["epoch"]}
        if key == "validation_accuracy":
            self.weights = {name: value.detach().cpu().clone() for name, value in network.state_dict().items()}

    def state(self) -> State:
        """Return what a checkpoint holds of it."""
        return {"row": self.row, "weights": self.weights}
