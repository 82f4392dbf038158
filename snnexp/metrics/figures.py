"""The one list of the figures of a run, and of each spiking layer."""

from collections.abc import Iterator
from functools import partial
from typing import Any

from snnexp.metrics.base.figure import VALIDATION, Figure, Row, millions

accuracy = partial(Figure, unit="%", digits=2)
MEASURED = (
    accuracy(
        key="test_accuracy",
        title="accuracy, last epoch",
        better="higher",
        short="test accuracy",
        curve="Accuracy",
        train="train_accuracy",
        column="accuracy",
        judged=True,
    ),
    accuracy(
        key="best_test_accuracy",
        title="accuracy, best epoch on the test set",
        column="best_accuracy",
        paper="accuracy",  # whose code keeps the epoch that does best on the test set
    ),
    accuracy(key="best_validation_accuracy", title="validation accuracy, best epoch"),
    accuracy(key="chosen_test_accuracy", title="accuracy, epoch best on validation", column="chosen_accuracy"),
    Figure(key="best_epoch", title="best epoch", written=lambda epoch: str(epoch + 1)),
    accuracy(key="test_accuracy_plurality", title="accuracy, by plurality", better="higher"),
    accuracy(key="classification.top5", title="accuracy, top 5", better="higher", column="top5_accuracy"),
    Figure(key="test_loss", title="loss", better="lower", curve="Loss", train="train_loss"),
    Figure(
        key="firing_rate",
        title="firing rate",
        short="firing rate",
        curve="Firing rate",
        column="firing_rate",
        paper="nasfr",
        judged=True,
    ),
    Figure(key="firing_rate_layer_mean", title="firing rate, layers' mean"),
    Figure(
        key="quantization_error",
        title="quantization error",
        short="quantization error",
        curve="Quantization error",
        column="quantization_error",
        judged=True,
    ),
    Figure(key="quantization_error_rectified", title="quantization error, rectified"),
    Figure(
        key="error_over_variance",
        title="quantization error over variance",
        curve="Quantization error over variance",
        column="error_over_variance",
    ),
    Figure(
        key="window_share",
        title="potentials within the surrogate's window",
        unit="%",
        digits=1,
        curve="Potentials within the window",
        column="window_share",
    ),
    Figure(
        key="v_pre_std",
        title="standard deviation of potentials",
        digits=3,
        curve="Standard deviation of potentials",
        column="v_pre_std",
    ),
    Figure(
        key="spike_entropy",
        title="entropy of spikes",
        unit="bit",
        digits=3,
        curve="Entropy of spikes",
        column="spike_entropy",
    ),
    Figure(key="synaptic_operations.energy_pj", title="energy of an input", written=millions("µJ")),
    Figure(key="synaptic_operations.Effective_ACs", title="accumulates", written=millions("M")),
    Figure(key="synaptic_operations.Effective_MACs", title="multiply-accumulates", written=millions("M")),
    Figure(key="parameters", title="parameters", digits=0),
    Figure(key="seconds", title="training", unit="s", digits=0),
    Figure(key="samples_per_second", title="samples a second", digits=0),
    Figure(key="peak_memory", title="peak memory", written=lambda size: f"{size / 2**30:.2f} GiB"),
)
FIGURES = (*MEASURED, *(figure.on_validation() for figure in MEASURED if figure.curve))
INSPECTED = ("layers", "synaptic_operations", "classification")  # of a result alone: no epoch's line has them
LAYERS = (  # of each spiking layer
    Figure(key="neurons", title="neurons", digits=0),
    Figure(key="firing_rate", title="Firing rate of each layer", written="{:.1%}".format),
    Figure(key="quantization_error", title="Quantization error of each layer", digits=3),
    Figure(key="quantization_error_rectified", title="Quantization error, rectified", digits=3),
    Figure(key="error_over_variance", title="Quantization error over variance", digits=3),
    Figure(key="window_share", title="Potentials within the window", written="{:.1%}".format),
    Figure(key="v_pre_std", title="Standard deviation of potentials", digits=3),
    Figure(key="spike_entropy", title="Entropy of spikes", digits=3),
)
DRAWN = LAYERS[1:]


def needs_validation(key: str) -> bool:
    """Return whether a figure is there only beside a validation split."""
    return VALIDATION in key or key == "chosen_test_accuracy"


def judging(row: Row) -> str:
    """Return the key by which an epoch is better than another: the accuracy of the set that it was evaluated on."""
    on_validation = f"{VALIDATION}accuracy"
    return on_validation if on_validation in row else "test_accuracy"


def on_validation(found: Row) -> dict[str, Any]:
    """Return what an evaluation found, as rows name it of a validation split."""
    return {f"{VALIDATION}{name}": value for name, value in found.items() if name not in INSPECTED}


def on_test(found: Row) -> dict[str, Any]:
    """Return what an evaluation found, as results name it of the test set, and the figures that follow from it."""
    row = {f"test_{name}" if name.startswith(("loss", "accuracy")) else name: found[name] for name in found}
    return row | computed(row)


def computed(row: Row) -> dict[str, float]:
    """Return the figures that follow from an epoch's others."""
    found = {figure.key: figure.of(row) for figure in FIGURES if figure.of is not None}
    return {key: value for key, value in found.items() if value is not None}


def present(row: Row) -> Iterator[tuple[Figure, Any]]:
    """Yield the figures that a row or a result has, with their values."""
    for figure in FIGURES:
        value = figure.value(row)
        if value is not None:
            yield figure, value


def headline(row: Row) -> str:
    """Write a run's one figure where there is room for no more: the list's first, or its like on validation."""
    first = [(figure, figure.value(row)) for figure in (FIGURES[0], FIGURES[0].on_validation())]
    return next((figure.text(value) for figure, value in first if value is not None), "")


def curves() -> list[Figure]:
    """Return the figures that are drawn by epoch."""
    return [figure for figure in FIGURES if figure.curve]


def columns() -> list[Figure]:
    """Return the figures that tables have a column for."""
    return [figure for figure in FIGURES if figure.column]
