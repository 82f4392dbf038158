"""Seeds for everything that is drawn, so that each draw is a function of what it belongs to."""

import hashlib
import json

import torch


def derive(*parts: int | str) -> int:
    """Return a seed in [0, 2^63) from a run's seed and what is drawn: derive(seed, "order", epoch)."""
    digest = hashlib.sha256(json.dumps(parts).encode()).digest()
    return int.from_bytes(digest[:8], "big") >> 1


def generator(*parts: int | str) -> torch.Generator:
    """Return a CPU generator seeded by `derive`."""
    return torch.Generator().manual_seed(derive(*parts))


def reseed(device: torch.device, *parts: int | str) -> None:
    """Seed what a device draws from by `derive`; `torch.manual_seed` seeds every device, which takes 0.12 ms."""
    default = torch.default_generator
    if device.type == "cuda":
        default = torch.cuda.default_generators[torch.cuda.current_device() if device.index is None else device.index]
    default.manual_seed(derive(*parts))
