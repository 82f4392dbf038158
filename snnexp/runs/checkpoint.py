"""States of a training and a network's weights on disk, each with a checksum that is verified when read."""

import hashlib
import io
import json
import logging
import pickle
from collections.abc import Mapping
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

MAGIC = b"snnexp checkpoint 4\n"  # then the SHA-256 of the rest, then what torch.save writes
HEADER = len(MAGIC) + hashlib.sha256().digest_size
KEPT = 2
WEIGHTS = "model.safetensors"  # of the last epoch
BEST = "best.safetensors"  # of the epoch that did best on validation


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
    """The states in a folder, the earliest first."""
    return sorted(folder.glob("checkpoint-*.pt"))


def load_latest(folder: Path) -> dict[str, Any] | None:
    """The last state that is whole, on the CPU, or None where none was saved; a damaged one is named in the log.

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
    """What `torch.save` wrote, if that is plain values and tensors: anything else could run code, and is refused."""
    try:
        return torch.load(io.BytesIO(payload), map_location="cpu", weights_only=True)
    except (pickle.UnpicklingError, EOFError, RuntimeError) as error:
        reason = "holds something else than tensors and plain values, and was not read"
        raise UserError(f"{path}: {reason}; remove it, snnexp writes no such file") from error


def verified(data: bytes) -> bytes | None:
    """What follows the header, if its checksum is right."""
    digest = hashlib.sha256(memoryview(data)[HEADER:]).digest()
    return data[HEADER:] if data[:HEADER] == MAGIC + digest else None


def save_weights(path: Path, weights: Mapping[str, Tensor]) -> Path:
    """Write a network's weights and buffers as safetensors, their checksum within."""
    contiguous = torch.contiguous_format
    tensors = {k: v.detach().cpu().clone(memory_format=contiguous) for k, v in weights.items()}
    atomic.write(path, save_tensors(tensors, {"sha256": checksum(tensors)}))
    return path


def read_weights(path: Path, is_own: bool = True) -> dict[str, Tensor]:
    """The tensors of a file that `save_weights` wrote; unless `is_own`, of another program's as well.

    Raises:
        UserError: a damaged file.
    """
    data = reading.read(path.parent, path.name, reading.memory())
    try:
        tensors, stored = load_tensors(data), stored_checksum(data)
        intact = stored == checksum(tensors) if stored or is_own else True
    except (SafetensorError, ValueError, AttributeError):
        intact = False
    if not intact:
        what = "damaged, its checksum is wrong" if is_own else "no safetensors, or damaged"
        raise UserError(f"{path}: {what}; copy it again, or remove the folder to train again")
    return tensors


def load_weights(path: Path, network: nn.Module) -> None:
    """Read a file that `save_weights` wrote into a network of the same shape.

    Raises:
        UserError: a damaged file, or another network's.
    """
    tensors = read_weights(path)
    try:
        network.load_state_dict(tensors)
    except RuntimeError as error:
        raise UserError(f"{path}: weights of another network ({str(error).splitlines()[-1].strip()})") from error


def checksum(tensors: dict[str, Tensor]) -> str:
    """SHA-256 over names, types, shapes and bytes."""
    digest = hashlib.sha256()
    for name, tensor in sorted(tensors.items()):
        digest.update(json.dumps([name, str(tensor.dtype), list(tensor.shape)]).encode())
        digest.update(tensor.reshape(-1).view(torch.uint8).numpy().tobytes())
    return digest.hexdigest()


def stored_checksum(data: bytes) -> str | None:
    """The checksum in the header, which is JSON behind its length in eight bytes; None where it states none."""
    length = int.from_bytes(data[:8], "little")
    return json.loads(data[8 : 8 + length]).get("__metadata__", {}).get("sha256")
