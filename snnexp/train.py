"""From a composed config to one result: build the parts, fit, write down; the one file that joins them."""

import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import nn

from snnexp import checkpoint, results
from snnexp.allocator import keep_memory
from snnexp.backbones.layers import Layers
from snnexp.config import Composed, build, compose, compose_stored
from snnexp.datasets.base import Dataset, Ordered
from snnexp.devices import make_deterministic
from snnexp.errors import UserError
from snnexp.metrics.firing_maps import mapping
from snnexp.metrics.synaptic_operations import counting
from snnexp.neurons.base import Site, SpikingLayer
from snnexp.ops.lif import implementation
from snnexp.recompute import checkpoint_activations
from snnexp.regularizers.base import Regularizer
from snnexp.runs import Run
from snnexp.settings import TrainerConfig
from snnexp.signals import Signals
from snnexp.trainer import Batches, Row, State, Trainer

log = logging.getLogger(__name__)
Config = dict[str, Any]


@dataclass
class Journal:
    """Keeps a run's epochs and states in its folder, and listens to signals."""

    run: Run
    signals: Signals
    device: torch.device

    def load(self) -> State | None:
        state = checkpoint.load_latest(self.run.folder, self.device)
        self.run.resume(-1 if state is None else state["epoch"] - 1)
        return state

    def log(self, row: Row) -> None:
        self.run.log(row)

    def save(self, state: State, step: int) -> None:
        checkpoint.save(self.run.folder, state, step)

    def stopped_by(self) -> str | None:
        return self.signals.received.name if self.signals.received else None


def main(overrides: list[str], config_dir: str | None = None, allow_modules: tuple[str, ...] = ()) -> int:
    """`snnexp train`: train the composed experiment, or continue it, and print its result."""
    composed = compose(overrides, config_dir, allow_modules)
    print(results.summary(train(composed)))
    return 0


def train(composed: Composed) -> Row:
    """Train one run to its end and return its result; a finished run is left alone.

    Raises:
        UserError: for all that is wrong with the config or the data, before data are opened where that is possible.
        Preempted: a signal asked it to stop; it has saved its state.
    """
    config = composed.config
    dataset, trainer = make(composed)
    with Signals() as signals, Run.open(config, composed.exp, composed.overrides) as run:
        if run.result is not None:
            log.info("finished before: %s", run.folder)
            return run.result
        start = time.perf_counter()
        loaders = load(composed, dataset, trainer)
        log.info("%s, LIF operator %s, %s", trainer.device, implementation(trainer.device), dataset.describe())
        row = trainer.fit(*loaders, Journal(run, signals, trainer.device))
        checkpoint.save_weights(run.folder, trainer.network)
        seconds = time.perf_counter() - start
        figures = measure(trainer, loaders[1])
        measured = outcome(row, trainer) | {name: figures[name] for name in ("layers", "synaptic_operations")}
        return run.finish(measured | {"seconds": seconds, "data": dataset.describe()})


def make(composed: Composed) -> tuple[Dataset, Trainer]:
    """Everything a run needs but its data, which are only looked for."""
    dataset: Dataset = part(composed, "dataset")
    dataset.check()
    part(composed, "augment")  # as in `load`; here, so that a value out of range is refused before data are opened
    nodes = composed.config["regularizer"].values()
    regularizers = [build(node, allow_modules=composed.allow_modules) for node in nodes]
    return dataset, make_trainer(composed, make_network(composed, dataset, regularizers), regularizers)


def make_trainer(composed: Composed, network: nn.Module, regularizers: Sequence[Regularizer] = ()) -> Trainer:
    """The trainer of any network, which it moves to the config's device."""
    config = composed.config
    settings = TrainerConfig(**config["trainer"])
    device = torch.device(config["device"])
    if device.type == "cpu":
        keep_memory()
    make_deterministic(settings.deterministic)
    network = network.to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]
    if settings.checkpoint_activations:
        checkpoint_activations(network)
    optimizer = make_optimizer(composed, network)
    schedule = part(composed, "schedule", optimizer=optimizer)
    loss = part(composed, "loss")
    return Trainer(network, loss, regularizers, optimizer, schedule, settings, device, config["seed"])


def part(composed: Composed, group: str, *args: Any, **runtime: Any) -> Any:
    """The part that the config chose in `group`."""
    return build(composed.config[group], *args, allow_modules=composed.allow_modules, **runtime)


def make_network(composed: Composed, dataset: Dataset, regularizers: Sequence[Regularizer]) -> nn.Module:
    """The backbone with its neurons, gates and rectifiers, drawn from the seed."""
    config = composed.config
    surrogate = part(composed, "surrogate")

    def spike(site: Site) -> SpikingLayer:
        rectifiers = [r for r in (regularizer.rectifier(site) for regularizer in regularizers) if r is not None]
        if len(rectifiers) > 1:
            raise UserError(f"regularizer={list(config['regularizer'])}: only one of them may rectify the potential")
        neuron = part(composed, "neuron", site, surrogate, *rectifiers)
        for regularizer in regularizers:
            regularizer.check(neuron)
        return neuron

    def gate(site: Site) -> nn.Module | None:
        gates = [g for g in (regularizer.gate(site) for regularizer in regularizers) if g is not None]
        return nn.Sequential(*gates) if gates else None

    layers = Layers(config["T"], config["neuron"]["v_threshold"], spike, gate, size=dataset.size)
    network = part(composed, "backbone", layers, dataset.in_channels, dataset.num_classes)
    network.initialize(config["seed"])
    return network


def make_optimizer(composed: Composed, network: nn.Module) -> torch.optim.Optimizer:
    """The optimizer; weight decay acts on all (`decay: all`), or on convolutions and linear layers alone."""
    node = dict(composed.config["optimizer"])
    decay = node.pop("decay")
    parameters = list(network.parameters())
    if decay == "all":
        return build(node, parameters, allow_modules=composed.allow_modules)
    weights = [p for p in parameters if p.dim() > 1]
    others = [p for p in parameters if p.dim() <= 1]
    groups = [{"params": weights}, {"params": others, "weight_decay": 0.0}]
    return build(node, groups, allow_modules=composed.allow_modules)


def load(composed: Composed, dataset: Dataset, trainer: Trainer) -> tuple[Ordered, Ordered]:
    """Loaders of the data: training set shuffled and augmented, test set as it is."""
    train, test = dataset.load(composed.config["T"])
    shared: dict[str, Any] = {"seed": trainer.seed, "device": trainer.device}
    augment = part(composed, "augment")
    settings = trainer.config
    return (
        dataset.loader(train, batch_size=settings.batch_size, shuffle=True, augment=augment, **shared),
        dataset.loader(test, batch_size=settings.eval_batch_size, shuffle=False, **shared),
    )


def outcome(row: Row, trainer: Trainer) -> Row:
    """What a finished fit leaves for result.json: the last epoch's test figures, and the best epoch beside it."""
    names = ["test_accuracy", "best_test_accuracy", "best_epoch"]
    names += ["firing_rate", "firing_rate_layer_mean", "quantization_error"]
    names += [name for name in ("quantization_error_rectified", "test_accuracy_plurality") if name in row]
    parameters = sum(p.numel() for p in trainer.network.parameters())
    return {name: row[name] for name in names} | {
        "parameters": parameters,
        "samples_per_second": row["samples_per_second"],
        "peak_memory": results.peak_memory(trainer.device),
    }


def measure(trainer: Trainer, test: Batches) -> Row:
    """The figures of `Trainer.evaluate` with what needs hooks: synaptic operations, and the layers' firing maps."""
    with counting(trainer.network) as operations, mapping(trainer.network) as maps:
        figures = trainer.evaluate(test)
    patterns = maps.patterns()
    layers = [layer | patterns.get(layer["name"], {}) for layer in figures["layers"]]
    return figures | {"layers": layers, "synaptic_operations": operations.compute()}


def evaluate_main(run: str, overrides: list[str], allow_modules: tuple[str, ...] = ()) -> int:
    """`snnexp eval`: the test figures of a finished run's weights, computed anew."""
    folder = Path(run)
    config = results.read_config(folder)
    composed = compose_stored(config, overrides, allow_modules)
    dataset, trainer = make(composed)
    checkpoint.load_weights(folder, trainer.network)
    figures = measure(trainer, load(composed, dataset, trainer)[1])
    print(results.summary({**figures, "test_accuracy": figures["accuracy"], "folder": str(folder)}))
    return 0
