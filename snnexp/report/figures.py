"""A result's figures in words, for the page."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from snnexp.metrics.figures import LAYERS, present


class ShownFigure(NamedTuple):
    """A figure by its key in `result.json`, as it stands there and as it is read."""

    key: str
    title: str
    value: float | int
    text: str


def percent(share: float) -> str:
    """Return a share in percent."""
    return f"{100 * share:.2f} %"


def figures(result: Mapping[str, Any]) -> Iterator[ShownFigure]:
    """Yield those that a result has."""
    for figure, value in present(result):
        yield ShownFigure(figure.key, figure.title, value, figure.text(value))


def columns(result: Mapping[str, Any]) -> dict[str, float | int]:
    """Return the figures that a result's layers have, each with the largest value."""
    layers = result["layers"]
    return {each.key: max(layer[each.key] for layer in layers) for each in LAYERS if each.key in layers[0]}


def by_class(result: Mapping[str, Any]) -> list[tuple[int, str, str]]:
    """Return each class with its accuracy and the class it is most often taken for; none where there are too many."""
    found = result.get("classification", {})
    confusion = found.get("confusion", [])
    rows = []
    for k, share in enumerate(found.get("by_class", [])[: len(confusion)]):
        wrong = {other: count for other, count in enumerate(confusion[k]) if other != k}
        worst = max(wrong, key=lambda other: wrong[other]) if any(wrong.values()) else None
        taken = "" if worst is None else f"{worst} ({wrong[worst]} times)"
        rows.append((k, "no samples" if share is None else percent(share), taken))
    return rows
