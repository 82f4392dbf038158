"""Layers of RMP neurons, for networks to be built of."""

from collections.abc import Callable

import pytest

from snnexp.backbones.layers import Layers
from snnexp.neurons.lif import Lif
from snnexp.surrogates.rectangle import Rectangle

CONSTANTS = {
    "decay": 0.25, "decay_input": False, "v_threshold": 0.5, "strict": True, "reset": "hard", "v_reset": 0.0,
    "v_subtract": 1.0, "detach_reset": False,
}  # fmt: skip


@pytest.fixture
def layers() -> Callable[..., Layers]:
    """`layers(T=2, **fields of Layers)`."""

    def make(T: int = 2, **fields) -> Layers:
        return Layers(T, 0.5, lambda site: Lif(site, Rectangle(width=1.0), **CONSTANTS), **fields)

    return make
