"""A result's figures in words: what they are called, and how they are written."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple


class Figure(NamedTuple):
    """A figure by its key in `result.json`, as it stands there and as it is read."""

    key: str
    title: str
    value: float | int
    text: str


def percent(share: float) -> str:
    """A share in percent."""
    return f"{100 * share:.2f} %"


FIGURES: dict[str, tuple[str, Callable[[Any], str]]] = {
    "test_accuracy": ("accuracy, last epoch", percent),
    "best_test_accuracy": ("accuracy, best epoch", percent),
    "best_epoch": ("best epoch", lambda epoch: str(epoch + 1)),
    "test_accuracy_plurality": ("accuracy, by plurality", percent),
    "firing_rate": ("firing rate", "{:.4f}".format),
    "firing_rate_layer_mean": ("firing rate, layers' mean", "{:.4f}".format),
    "quantization_error": ("quantization error", "{:.4f}".format),
    "quantization_error_rectified": ("quantization error, rectified", "{:.4f}".format),
    "synaptic_operations.energy_pj": ("energy of an input", lambda picojoules: f"{picojoules / 1e6:.3g} µJ"),
    "synaptic_operations.Effective_ACs": ("accumulates", lambda count: f"{count / 1e6:.3g} M"),
    "synaptic_operations.Effective_MACs": ("multiply-accumulates", lambda count: f"{count / 1e6:.3g} M"),
    "parameters": ("parameters", "{:,}".format),
    "seconds": ("training", "{:,.0f} s".format),
    "samples_per_second": ("samples a second", "{:,.0f}".format),
    "peak_memory": ("peak memory", lambda size: f"{size / 2**30:.2f} GiB"),
}
LAYER = ("neurons", "firing_rate", "quantization_error", "quantization_error_rectified")


def figures(result: Mapping[str, Any]) -> Iterator[Figure]:
    """Those that a result has."""
    for key, (title, text) in FIGURES.items():
        group, _, name = key.rpartition(".")
        value = (result.get(group, {}) if group else result).get(name)
        if value is not None:
            yield Figure(key, title, value, text(value))


def columns(result: Mapping[str, Any]) -> dict[str, float | int]:
    """The figures that a result's layers have, each with the largest value."""
    layers = result["layers"]
    return {key: max(layer[key] for layer in layers) for key in LAYER if key in layers[0]}
