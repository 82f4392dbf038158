"""States of a training and a network's weights on disk, each with a checksum that is verified when read."""

import hashlib
import io
import json
import logging
import pickle
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load as load_tensors
from safetensors.torch import save as save_tensors
from torch import Tensor, nn

from snnexp.errors import UserError
from snnexp.files import atomic, reading

log = logging.getLogger(__name__)

MAGIC = b"snnexp checkpoint 5\n"  # raised with what states hold; then the SHA-256 of the rest, what torch.save writes
HEADER = len(MAGIC) + hashlib.sha256().digest_size
KEPT = 2
NOTE = "snnexp"  # the entry in the header of weights
WEIGHTS = "model.safetensors"  # of the last epoch
BEST = "best.safetensors"  # of the epoch that did best on validation
Source = dict[str, Any]  # what weights were trained on, as `training.lineage.source` states it


@dataclass(frozen=True)
class Weights:
    """What a file of weights holds: tensors by name, and what they were trained on; None stands for what is not known.

    `digest` is the SHA-256 of the file.
    """

    tensors: dict[str, Tensor]
    trained_on: list[Source | None]
    digest: str


def save(folder: Path, state: dict[str, Any], step: int) -> Path:
    """Write the state after `step`, and remove all states but this one and the one before it."""
    buffer = io.BytesIO(bytes(HEADER))
    buffer.seek(HEADER)
    torch.save(state, buffer)
    data = buffer.getbuffer()
    data[:HEADER] = MAGIC + hashlib.sha256(data[HEADER:]).digest()
    path = folder / f"checkpoint-{step:08d}.pt"
    atomic.write(path, data)
    earlier = [each for each in checkpoints(folder) if each <= path]
    for old in set(checkpoints(folder)) - set(earlier[-KEPT:]):  # a later one is damaged: training began before it
        old.unlink()
    return path


def checkpoints(folder: Path) -> list[Path]:
    """Return the states in a folder, the earliest first."""
    return sorted(folder.glob("checkpoint-*.pt"))


def load_latest(folder: Path) -> dict[str, Any] | None:
    """Return the last state that is whole, on the CPU, or None where none was saved; a damaged one is named in the log.

    Raises:
        UserError: states are there, and all of them are damaged, or one was not written by `save`.
    """
    found = checkpoints(folder)
    for path in reversed(found):
        payload = verified(reading.read(folder, path.name, reading.memory()))
        if payload is not None:
            return unpacked(path, payload)
        log.warning("%s is damaged or of another version; using the one before it", path)
    if found:
        reason = "are damaged or of another version; remove the folder to train again"
        raise UserError(f"{folder}: all {len(found)} checkpoints {reason}")
    return None


def unpacked(path: Path, payload: bytes) -> dict[str, Any]:
    """Load what `torch.save` wrote if it is plain values and tensors; all else could run code and is refused."""
    try:
        return torch.load(io.BytesIO(payload), map_location="cpu", weights_only=True)
    except (pickle.UnpicklingError, EOFError, RuntimeError) as error:
        reason = "holds something else than tensors and plain values, and was not read"
        raise UserError(f"{path}: {reason}; remove it, snnexp writes no such file") from error


def verified(data: bytes) -> bytes | None:
    """Return what follows the header, if its checksum is right."""
    digest = hashlib.sha256(memoryview(data)[HEADER:]).digest()
    return data[HEADER:] if data[:HEADER] == MAGIC + digest else None


def save_weights(path: Path, weights: Mapping[str, Tensor], trained_on: Sequence[Source | None] = (None,)) -> Path:
    """Write a network's weights and buffers as safetensors; within, what they were trained on, and a checksum."""
    contiguous = torch.contiguous_format
    tensors = {k: v.detach().cpu().clone(memory_format=contiguous) for k, v in weights.items()}
    stated = {"trained_on": [*trained_on]}
    note = json.dumps(
        {"sha256": checksum(tensors, stated), **stated}
    )  # one entry: safetensors keeps no order of several
    atomic.write(path, save_tensors(tensors, {NOTE: note}))
    return path


def read_weights(path: Path, is_own: bool = True) -> Weights:
    """Read a file that `save_weights` wrote; unless `is_own`, another program's as well.

    Raises:
        UserError: a damaged file.
    """
    data = reading.read(path.parent, path.name, reading.memory())
    try:
        tensors, note = load_tensors(data), read_note(data)
        stated = {"trained_on": note["trained_on"]} if "trained_on" in note else {}
        intact = note["sha256"] == checksum(tensors, stated) if note or is_own else True
    except (SafetensorError, ValueError, AttributeError, KeyError, TypeError):
        intact = False
    if not intact:
        what = "damaged, its checksum is wrong" if is_own else "no safetensors, or damaged"
        raise UserError(f"{path}: {what}; copy it again, or remove the folder to train again")
    return Weights(tensors, stated.get("trained_on", [None]), hashlib.sha256(data).hexdigest())


def load_weights(path: Path, network: nn.Module) -> None:
    """Read a file that `save_weights` wrote into a network of the same shape.

    Raises:
        UserError: a damaged file, or another network's.
    """
    try:
        network.load_state_dict(read_weights(path).tensors)
    except RuntimeError as error:
        raise UserError(f"{path}: weights of another network ({str(error).splitlines()[-1].strip()})") from error


def checksum(tensors: Mapping[str, Tensor], stated: Mapping[str, Any]) -> str:
    """Return the SHA-256 over what is stated of tensors, and their names, types, shapes and bytes."""
    digest = hashlib.sha256(json.dumps(stated).encode() if stated else b"")
    for name, tensor in sorted(tensors.items()):
        digest.update(json.dumps([name, str(tensor.dtype), list(tensor.shape)]).encode())
        digest.update(tensor.reshape(-1).view(torch.uint8).numpy().tobytes())
    return digest.hexdigest()


def read_note(data: bytes) -> dict[str, Any]:
    """Return what `save_weights` noted in the header, which is JSON behind its length in eight bytes; else empty."""
    length = int.from_bytes(data[:8], "little")
    metadata = reading.parse(data[8 : 8 + length]).get("__metadata__", {})
    before = {name: metadata[name] for name in ("sha256",) if name in metadata}  # files of before state it alone
    return reading.parse(metadata[NOTE]) if NOTE in metadata else before
