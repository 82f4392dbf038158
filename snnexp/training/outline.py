"""A network before it is trained: its layers, their shapes and costs, and the memory of a training step."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, prod
from typing import Any

import torch
from torch import Tensor, nn

from snnexp.config.compose import Composed
from snnexp.config.settings import TrainerConfig
from snnexp.datasets.base import Dataset
from snnexp.metrics.allocations import Allocations
from snnexp.metrics.synaptic_operations import dense_products
from snnexp.neurons.base import SpikingLayer
from snnexp.norms.base import Norm
from snnexp.ops.product import Product
from snnexp.regularizers.base import Regularizer
from snnexp.training.assembly import describe_dataset, make_network, make_regularizers, part
from snnexp.training.objective import Objective
from snnexp.training.recompute import checkpoint_activations

# Tensors of a weight's size that an optimizer stores of each; of SGD one where it has a momentum.
STATES = {"SGD": 1, "Adam": 2, "AdamW": 2}
FEW = 2  # samples of the smaller one of two steps; batch norm needs more than one value a channel


@dataclass(frozen=True)
class Layer:
    """A layer as one sample passes it: how many steps it computes, the shape of one, and what it takes.

    `operations` are multiply-accumulates over all steps, products with 0 among them, and none over the edge.
    """

    name: str
    kind: str
    steps: int
    shape: tuple[int, ...]
    parameters: int
    neurons: int
    operations: int


@dataclass(frozen=True)
class StepMemory:
    """Bytes of the tensors of a training step on a CPU, on `samples` at once; `optimizer` None: not known."""

    samples: int
    weights: int
    optimizer: int | None
    activations: int  # with the gradients, when they are most


@dataclass(frozen=True)
class Outline:
    """What `snnexp show` prints of an experiment."""

    network: str
    T: int
    layers: Sequence[Layer]
    parameters: int
    memory: StepMemory


def outline(composed: Composed) -> Outline:
    """Build the network of an experiment and look at it; no data are opened.

    Raises:
        UserError: constants that do not go together.
    """
    dataset, regularizers = describe_dataset(composed), make_regularizers(composed)
    network = make_network(composed, dataset, regularizers)
    for parameter in network.parameters():
        if parameter.dim() == 4:
            parameter.data = parameter.data.to(memory_format=torch.channels_last)
    layers = list_layers(network, example(composed, dataset, 1))
    memory = step_memory(composed, dataset, network, regularizers)
    parameters = sum(p.numel() for p in network.parameters())
    return Outline(type(network).__name__, composed.config["T"], layers, parameters, memory)


def example(composed: Composed, dataset: Dataset, samples: int) -> Tensor:
    """Return zeros in the shape of a batch."""
    steps = [] if dataset.static else [composed.config["T"]]
    return torch.zeros(*steps, samples, dataset.in_channels, *dataset.size)


@torch.no_grad()
def list_layers(network: nn.Module, x: Tensor) -> list[Layer]:
    """List each convolution, linear layer, product, norm, neuron, and other module with parameters, in order."""
    seen: dict[str, tuple[nn.Module, tuple[int, ...], tuple[int, ...]]] = {}

    def watch(name: str, module: nn.Module) -> Any:
        def note(_: nn.Module, args: tuple[Any, ...], out: Any) -> None:
            seen[name] = module, tuple(args[0].shape), tuple(out.shape) if isinstance(out, Tensor) else ()

        return module.register_forward_hook(note)

    handles = [watch(name, module) for name, module in network.named_modules() if is_layer(module)]
    with Allocations():
        network.eval()(x)
    for handle in handles:
        handle.remove()
    return [describe(name, *each) for name, each in seen.items()]


def is_layer(module: nn.Module) -> bool:
    """Return whether a module has a line of its own."""
    return isinstance(module, Norm | SpikingLayer | Product) or any(True for _ in module.parameters(recurse=False))


def describe(name: str, module: nn.Module, taken: tuple[int, ...], given: tuple[int, ...]) -> Layer:
    """Return a layer by what it takes and gives of one sample."""
    operations = 0
    if isinstance(module, nn.Linear):
        steps, shape = prod(given[:-1]), given[-1:]
    else:  # convolutions have the steps in the place of the samples; behind those of all others stands the one sample
        steps, shape = given[0] if given else 0, given[1:] if isinstance(module, nn.Conv2d) else given[2:]
    if isinstance(module, nn.Conv2d | nn.Linear):
        operations = int(dense_products(module, taken))
    elif isinstance(module, Product):
        operations = prod(taken) * given[-1]
    parameters = sum(p.numel() for p in module.parameters(recurse=False))
    neurons = prod(shape) if isinstance(module, SpikingLayer) else 0
    return Layer(name, type(module).__name__, steps, shape, parameters, neurons, operations)


def step_memory(
    composed: Composed, dataset: Dataset, network: nn.Module, regularizers: Sequence[Regularizer]
) -> StepMemory:
    """Return the memory of a step of the config's batch, from those of two small ones: it grows by the sample."""
    config, settings = composed.config, TrainerConfig(**composed.config["trainer"])
    if settings.checkpoint_activations:
        checkpoint_activations(network)
    loss = part(composed, "loss")
    objective = Objective(network.train(), loss, regularizers, torch.device("cpu"), settings.amp is True)
    small, large = (peak(objective, example(composed, dataset, n), n) for n in (FEW, 2 * FEW))
    samples = ceil(ceil(settings.batch_size / config["launch"]["nproc"]) / settings.accumulate)
    activations = small + (large - small) * (samples - FEW) // FEW
    tensors = [*network.parameters(), *network.buffers()]
    weights = sum(each.nbytes for each in tensors)
    copies = optimizer_copies(config["optimizer"])
    states = None if copies is None else copies * sum(p.nbytes for p in network.parameters())
    return StepMemory(samples, weights, states, activations)


def peak(objective: Objective, x: Tensor, samples: int) -> int:
    """Return the bytes of activations and gradients when they are most, in a step on so many samples."""
    objective.network.zero_grad(set_to_none=True)
    with Allocations() as allocations:
        objective(x, torch.zeros(samples, dtype=torch.int64))[1].backward()
    return allocations.peak + x.nbytes


def optimizer_copies(node: dict[str, Any]) -> int | None:
    """Return how many numbers an optimizer stores of each weight; None where that is not known."""
    kind = node["_target_"].rpartition(".")[2] if node["_target_"].startswith("torch.optim.") else ""
    return 0 if kind == "SGD" and not node.get("momentum") else STATES.get(kind)
