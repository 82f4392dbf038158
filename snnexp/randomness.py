"""Seeds for everything that is drawn, so that each draw is a function of what it belongs to."""

import hashlib
import json

import torch


def derive(*parts: int | str) -> int:
    """A seed in [0, 2^63) from a run's seed and what is drawn: derive(seed, "order", epoch)."""
    digest = hashlib.sha256(json.dumps(parts).encode()).digest()
    return int.from_bytes(digest[:8], "big") >> 1


def generator(*parts: int | str) -> torch.Generator:
    """A CPU generator seeded by `derive`."""
    return torch.Generator().manual_seed(derive(*parts))
