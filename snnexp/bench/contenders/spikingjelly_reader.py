"""SpikingJelly's reader of 40 bits an event."""

import sys
from types import ModuleType

from snnexp.bench.base.cases import Decode
from snnexp.bench.base.timing import Run

# its package imports torchaudio for speech, which need not fit this torch
sys.modules.setdefault("torchaudio", ModuleType("torchaudio"))


def decode(case: Decode, variant: str) -> Run:
    """Read all files into columns."""
    from spikingjelly.datasets.utils import load_ATIS_bin  # late: behind torchaudio's substitute

    def run() -> None:
        for path in case.paths:
            load_ATIS_bin(path)

    return run
