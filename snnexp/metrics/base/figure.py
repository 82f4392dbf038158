"""What a figure is: its key, what it is called, how it is written, and which way is better."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

Row = Mapping[str, Any]
VALIDATION = "validation_"  # before the keys of a validation split


@dataclass(frozen=True, kw_only=True)
class Figure:
    """One figure of an epoch or of a result; those that have a curve are measured on a validation split, too.

    `key` names it in metrics.jsonl and result.json, below a group as `group.name`; `unit` "%" stands for shares, which
    are shown times 100. `of` computes it from an epoch's other figures, where nothing measures it. `short` is its name
    in the log's line of an epoch, `curve` the title of its learning curve, `train` the key of its like in training,
    `column` its name in tables, `paper` a paper's word for it. `judged`: runs are compared by it.
    """

    key: str
    title: str
    unit: str = ""
    digits: int = 4
    better: Literal["higher", "lower"] | None = None
    of: Callable[[Row], float | None] | None = None
    short: str | None = None
    curve: str | None = None
    train: str | None = None
    column: str | None = None
    paper: str | None = None
    judged: bool = False
    written: Callable[[Any], str] | None = None

    @property
    def heading(self) -> str:
        """The title with its unit."""
        return f"{self.title} ({self.unit})" if self.unit else self.title

    @property
    def caption(self) -> str:
        """The title of its curve, with the unit."""
        return f"{self.curve} ({self.unit})" if self.unit else str(self.curve)

    @property
    def lines(self) -> dict[str, str]:
        """The keys of its curves: of the test or validation set, and where there is one of the training set."""
        keys = {"test": self.key, "validation": self.on_validation().key}
        return keys | ({"training": self.train} if self.train else {})

    def on_validation(self) -> "Figure":
        """Return the same figure of a validation split; of the shorter names the accuracy's alone."""
        key, title = f"{VALIDATION}{self.key.removeprefix('test_')}", f"validation {self.title}"
        short = self.short.replace("test", "validation") if self.short and "test" in self.short else None
        apart = {"curve": None, "train": None, "column": None, "paper": None, "judged": False, "of": None}
        return replace(self, key=key, title=title, short=short, **apart)

    @property
    def verdicts(self) -> tuple[str, str] | None:
        """The words for a difference upwards and downwards; None where neither way is better or runs are not compared.

        By such a figure runs are judged; others that are compared are described, without a word.
        """
        words = {"higher": ("better", "worse"), "lower": ("worse", "better"), None: None}
        return words[self.better] if self.judged else None

    @property
    def scale(self) -> int:
        """From what is stored to what is shown."""
        return 100 if self.unit == "%" else 1

    def value(self, row: Row) -> Any:
        """Return the figure in a row or a result; None where it has none."""
        group, _, name = self.key.rpartition(".")
        return ((row.get(group) or {}) if group else row).get(name)

    def text(self, value: Any) -> str:
        """Return a value as it is read."""
        if self.written is not None:
            return self.written(value)
        return f"{self.scale * value:,.{self.digits}f} {self.unit}".rstrip()


def millions(unit: str) -> Callable[[float], str]:
    """Make a writer of millionths of a unit, or of millions."""
    return lambda value: f"{value / 1e6:.3g} {unit}"
