"""Which items of a test set a run got right, as a text: `3:a0` for right, wrong, right."""

import numpy as np
from jaxtyping import Bool


def encode(right: Bool[np.ndarray, "n"]) -> str:
    """Write a bit for each item, in the order of the test set, as hexadecimal digits behind how many there are."""
    return f"{len(right)}:{np.packbits(right).tobytes().hex()}"


def decode(text: str) -> Bool[np.ndarray, "n"]:
    """Read what `encode` wrote."""
    count, _, digits = text.partition(":")
    return np.unpackbits(np.frombuffer(bytes.fromhex(digits), np.uint8), count=int(count)).astype(bool)
