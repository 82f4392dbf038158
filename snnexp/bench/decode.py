"""`snnexp bench decode`: real recordings of 40 bits an event, read by our reader and by SpikingJelly's in turns."""

import logging
import os
from collections.abc import Iterator
from pathlib import Path

from snnexp.bench.base import BenchRow, Contender, Decode, compete

log = logging.getLogger(__name__)
OURS = Contender("snnexp", "ours", "snnexp", memory="kept")
CONTENDERS = [OURS, Contender("SpikingJelly", "spikingjelly_reader", "spikingjelly", memory="kept")]
SETS = {
    "N-MNIST .bin": ("N-MNIST/Test/*/*.bin", (34, 34)),
    "DVS128 Gesture .bs2": ("DVS128Gesture-10/*.bs2", (128, 128)),
}


def measure(device: str, quick: bool) -> Iterator[BenchRow]:
    """Yield a row for each reader on each set that is there."""
    yield from compete("decode", CONTENDERS, cases(device), warmups=3, rounds=3 if quick else 15, repeats=2)


def cases(device: str) -> Iterator[Decode]:
    """Yield the sets that are there; report those that are not."""
    for name, (pattern, sensor) in SETS.items():
        paths = tuple(sorted(Path(os.environ.get("SNNEXP_DATA", "")).glob(pattern)))
        if paths:
            yield Decode(name=name, device=device, dtype="int64", T=1, N=len(paths), paths=paths, sensor=sensor)
        else:
            log.warning("%s: left out, no %s below $SNNEXP_DATA", name, pattern)
