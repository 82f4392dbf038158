"""Begins a training from weights that are there, and freezes parts of a network."""

import logging
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

from torch import Tensor, nn

from snnexp.config.hints import suggest
from snnexp.errors import UserError
from snnexp.runs.checkpoint import Source, read_weights

log = logging.getLogger(__name__)


def begin(network: nn.Module, path: Path, skip: Sequence[str], digest: str) -> list[Source | None]:
    """Load the file with this SHA-256, except the parts `skip`; return what its weights were trained on.

    The log says which were loaded.

    Raises:
        UserError: a damaged file or another one, a part that is not there, or else what file and network do not share.
    """
    own, given = network.state_dict(), read_weights(path, is_own=False)
    if given.digest != digest:
        raise UserError(
            f"init_from={path}: replaced while it was read; the same command begins from the file that is there now"
        )
    check_parts("init_skip", skip, network)
    skipped = [name for name in own if within(name, skip)]
    wanted = {name: value for name, value in own.items() if name not in skipped}
    offered = {name: value for name, value in given.tensors.items() if not within(name, skip)}
    if wrong := differences(wanted, offered):
        remedy = f"init_skip=[{wrong[0].partition(' ')[0].partition('.')[0]}] leaves a part out"
        raise UserError(f"init_from={path}: weights of another network ({', '.join(wrong[:3])}); {remedy}")
    network.load_state_dict(offered, strict=False)
    left = f"; left as drawn: {', '.join(skipped)}" if skipped else ""
    log.info("begins from %s: loaded %d of %d tensors%s", path, len(offered), len(own), left)
    return given.trained_on


def differences(wanted: Mapping[str, Tensor], offered: Mapping[str, Tensor]) -> list[str]:
    """Return what differs between a network's tensors and a file's, in words."""
    missing = [f"{name} is missing" for name in wanted if name not in offered]
    unknown = [f"{name} is not in the network" for name in offered if name not in wanted]
    shapes = [(name, list(offered[name].shape), list(wanted[name].shape)) for name in wanted if name in offered]
    return [f"{name} has shape {a} and not {b}" for name, a, b in shapes if a != b] + missing + unknown


def freeze(network: nn.Module, parts: Sequence[str]) -> None:
    """Let no step change the weights of some parts; see `hold` for the rest of them.

    Raises:
        UserError: a part that is not there, or nothing is left to train.
    """
    check_parts("trainer.freeze", parts, network)
    for name, parameter in network.named_parameters():
        if within(name, parts):
            parameter.requires_grad_(False)
    if parts and not any(parameter.requires_grad for parameter in network.parameters()):
        raise UserError(f"trainer.freeze=[{','.join(parts)}]: leaves nothing to train; freeze fewer parts")


def hold(network: nn.Module, parts: Sequence[str]) -> None:
    """Put frozen parts of a network that trains into evaluation: batch norm takes and keeps its running statistics."""
    for part in parts:
        network.get_submodule(part).eval()


def within(name: str, parts: Collection[str]) -> bool:
    """Return whether a tensor belongs to one of some parts."""
    return any(name == part or name.startswith(f"{part}.") for part in parts)


def check_parts(key: str, parts: Sequence[str], network: nn.Module) -> None:
    """Refuse a part that a network does not have.

    Raises:
        UserError: naming those that it has.
    """
    modules = [name for name, _ in network.named_modules() if name]
    children = ", ".join(name for name, _ in network.named_children())
    for part in parts:
        if part not in modules:
            hint = suggest(part, modules, f"there are {children}")
            raise UserError(f"{key}=[{','.join(parts)}]: the network has no part {part}; {hint}")
