"""Builds what a composed config names: data set, network, regularizers, optimizer, trainer."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import torch
from torch import nn

from snnexp.backbones.layers import LayerFactory
from snnexp.config.compose import Composed
from snnexp.config.settings import TrainerConfig
from snnexp.config.targets import at_role
from snnexp.datasets.base import Dataset
from snnexp.errors import UserError
from snnexp.machine.allocator import keep_memory
from snnexp.machine.devices import make_deterministic, round_products
from snnexp.machine.team import Team
from snnexp.mixings.base import Mixing
from snnexp.neurons.base import Site, SpikingLayer
from snnexp.neurons.layers import LifLayer
from snnexp.norms.layers import synchronize
from snnexp.ops.lif import Rectifier
from snnexp.regularizers.base import Regularizer
from snnexp.surrogates.base import Surrogate
from snnexp.training.beginning import freeze
from snnexp.training.kinds import check_norms
from snnexp.training.optimization import check_steps, make_optimizer, make_rates
from snnexp.training.out_of_memory import holding
from snnexp.training.parts import built, make_loggers, part
from snnexp.training.recompute import checkpoint_activations
from snnexp.training.rehearsal import rehearse_mixed
from snnexp.training.trainer import Trainer


def make(composed: Composed, team: Team | None = None) -> tuple[Dataset, Trainer]:
    """Make everything a run needs but its data, which are only looked for."""
    dataset, network, regularizers = prepare(composed)
    return dataset, make_trainer(composed, network, regularizers, team, make_mixings(composed, dataset))


def prepare(composed: Composed) -> tuple[Dataset, nn.Module, list[Regularizer]]:
    """Return data set, network and regularizers, where nothing has taken a device yet."""
    dataset = make_dataset(composed)
    dataset.check()
    # As in `load`, and for the run's journal; here, so that what is wrong is refused before data are opened.
    part(composed, "augment")
    make_loggers(composed)
    make_mixings(composed, dataset)
    regularizers = make_regularizers(composed)
    return dataset, make_network(composed, dataset, regularizers), regularizers


def make_dataset(composed: Composed) -> Dataset:
    """Make the data set, which knows of folds the one that the seed tests."""
    dataset: Dataset = part(composed, "dataset")
    dataset.folds, dataset.seed = composed.config["dataset"]["folds"], composed.config["seed"]
    return dataset


def describe_dataset(composed: Composed, fingerprint: Mapping[str, Any] | None = None) -> Dataset:
    """Make the data set for its sizes alone: files need not be there, but for one's own, which name the classes.

    A run's `fingerprint` of these is enough, too.
    """
    dataset = make_dataset(composed)
    dataset.recall(fingerprint or {})
    if not hasattr(dataset, "num_classes"):
        dataset.check()
    return dataset


def make_trainer(
    composed: Composed,
    network: nn.Module,
    regularizers: Sequence[Regularizer] = (),
    team: Team | None = None,
    mixings: Sequence[Mixing] = (),
) -> Trainer:
    """Make the trainer of a network, which it moves to the config's device, or to that of this process in its team."""
    config = composed.config
    settings = TrainerConfig(**config["trainer"])
    team = team or Team(config["device"])
    device = team.device
    torch.set_num_threads(config["threads"])
    round_products(settings.amp == "tf32", device.type)
    if device.type == "cpu":
        keep_memory()
    with holding(config["backbone"]["_target_"]):
        network = network.to(device)
    for parameter in network.parameters():
        if parameter.dim() == 4:  # a part's own may have five, which `Module.to` refuses
            parameter.data = parameter.data.to(memory_format=torch.channels_last)
    if team.size > 1 and config["launch"]["sync_batch_norm"]:
        check_norms(network, "launch.sync_batch_norm=true")
        synchronize(network)
    if settings.checkpoint_activations:
        check_norms(network, "trainer.checkpoint_activations=true")
        checkpoint_activations(network)
    check_steps(composed, device)
    freeze(network, settings.freeze)
    optimizer = make_optimizer(composed, network)
    rates = make_rates(composed, optimizer)
    loss = part(composed, "loss")
    if mixings:
        rehearse_mixed(loss, config["loss"]["_target_"])
    make_deterministic(settings.deterministic)  # imports for seconds: values out of range are refused before
    return Trainer(network, loss, regularizers, optimizer, rates, settings, team, config["seed"], mixings)


def make_mixings(composed: Composed, dataset: Dataset) -> list[Mixing]:
    """Build what the config chose in `mixing`, in its order."""
    return [built(composed, "mixing", node, dataset.num_classes) for node in composed.config["mixing"].values()]


def make_regularizers(composed: Composed) -> list[Regularizer]:
    """Return the parts that the config chose in `regularizer`, in its order."""
    return [built(composed, "regularizer", node) for node in composed.config["regularizer"].values()]


def make_network(composed: Composed, dataset: Dataset, regularizers: Sequence[Regularizer]) -> nn.Module:
    """Return the backbone with its neurons, gates and rectifiers, drawn from the seed."""
    config = composed.config
    surrogate = part(composed, "surrogate")

    def spike(site: Site) -> SpikingLayer:
        rectifiers = [r for r in (regularizer.rectifier(site) for regularizer in regularizers) if r is not None]
        if len(rectifiers) > 1:
            raise UserError(f"regularizer={list(config['regularizer'])}: only one of them may rectify the potential")
        neuron = make_neuron(composed, site, surrogate)
        if not hasattr(neuron, "v_threshold"):
            raise UserError(f"neuron={config['neuron']['_target_']}: sets no self.v_threshold, which norms scale by")
        if rectifiers:
            rectify(neuron, *rectifiers)
        for regularizer in regularizers:
            regularizer.check(neuron)
        return neuron

    def gate(site: Site) -> nn.Module | None:
        gates = [g for g in (regularizer.gate(site) for regularizer in regularizers) if g is not None]
        return nn.Sequential(*gates) if gates else None

    norm, roles = partial(part, composed, "norm"), config["neuron"].get("by_role", {})
    layers = LayerFactory(config["T"], spike, gate, size=dataset.size, make_norm=norm)
    with holding(config["backbone"]["_target_"]):
        network = part(composed, "backbone", layers, dataset.in_channels, dataset.num_classes)
        network.initialize(config["seed"])
    there = list(dict.fromkeys(site.role for site in layers.sites))
    if absent := [role for role in roles if role not in there]:
        raise UserError(f"neuron.by_role.{absent[0]}: the network has no such neurons; there are {', '.join(there)}")
    return network


def make_neuron(composed: Composed, site: Site, surrogate: Surrogate) -> SpikingLayer:
    """Return the neuron of a site, by what its role has of its own."""
    common = {name: value for name, value in composed.config["neuron"].items() if name != "by_role"}
    node = at_role(common, composed.config["neuron"].get("by_role", {}).get(site.role, {}))
    own = node.pop("surrogate", None)
    if own is not None:
        surrogate = built(composed, "surrogate", own)
    return built(composed, "neuron", node, site, surrogate)


def rectify(neuron: SpikingLayer, rectifier: Rectifier) -> None:
    """Put a rectifier inside the neuron's surrogate.

    Raises:
        UserError: not a neuron of the LIF operator, which alone knows rectifiers.
    """
    if not isinstance(neuron, LifLayer):
        name = type(neuron).__name__
        raise UserError(f"neuron {name}: states its own time step, where no regularizer can rectify the potential")
    neuron.rectifier = rectifier
