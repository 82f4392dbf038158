"""`snnexp bench decode`: real recordings of 40 bits an event, read by our reader and by SpikingJelly's in turns."""

import logging
import os
from collections.abc import Iterator
from pathlib import Path

from snnexp.bench.base import BenchRow, Contender, Contest, Decode, rows
from snnexp.bench.base.options import keep, parse

log = logging.getLogger(__name__)
OURS = Contender("snnexp", "ours", "snnexp", memory="kept")
CONTENDERS = [OURS, Contender("SpikingJelly", "spikingjelly_reader", "spikingjelly", memory="kept")]
SETS = {
    "N-MNIST .bin": ("N-MNIST/Test/*/*.bin", (34, 34)),
    "DVS128 Gesture .bs2": ("DVS128Gesture-10/*.bs2", (128, 128)),
}


def main(arguments: list[str]) -> int:
    """Measure, print and store the rows."""
    given = parse(arguments)
    return keep(given, "decode", measure(given.device, given.quick))


def measure(device: str, quick: bool) -> Iterator[BenchRow]:
    """Yield a row for each reader on each set that is there; missing sets are said."""
    with Contest(CONTENDERS, warmups=3, rounds=3 if quick else 15, repeats=2) as contest:
        for name, (pattern, sensor) in SETS.items():
            paths = tuple(sorted(Path(os.environ.get("SNNEXP_DATA", "")).glob(pattern)))
            if not paths:
                log.warning("%s: left out, no %s below $SNNEXP_DATA", name, pattern)
                continue
            case = Decode(name=name, device=device, dtype="int64", T=1, N=len(paths), paths=paths, sensor=sensor)
            yield from rows("decode", case, contest.measure(case))
