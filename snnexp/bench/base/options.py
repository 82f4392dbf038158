"""What every benchmark takes on the command line, and what it does with its rows."""

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile

from snnexp.bench.base.rows import BenchRow, write
from snnexp.config.arguments import Parser
from snnexp.errors import UserError, reason
from snnexp.machine.devices import resolve_device

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class BenchOptions:
    """Where a benchmark runs, the folder of its rows, and whether it tries tiny sizes alone."""

    device: str
    out: Path
    quick: bool


def parse(arguments: list[str]) -> BenchOptions:
    """Parse `--device`, `--out` and `--quick`, and make the folder: what is measured for minutes must find a place.

    Raises:
        UserError: an unknown option, a device that is not there, or a folder that cannot be written to.
    """
    parser = Parser()
    parser.add_argument("--device", default="auto")
    parser.add_argument("--out", type=Path, default=Path("results/bench"))
    parser.add_argument("--quick", action="store_true")
    given = parser.parse_args(arguments)
    options = BenchOptions(resolve_device(given.device), given.out, given.quick)
    try:
        given.out.mkdir(parents=True, exist_ok=True)
        with TemporaryFile(dir=given.out):
            return options
    except OSError as error:
        raise UserError(f"--out {given.out}: cannot be written ({reason(error)}); name another folder") from error


def keep(given: BenchOptions, benchmark: str, rows: Iterable[BenchRow]) -> int:
    """Print each row when it is there, and write all as `<out>/<benchmark>-<cpu or cuda>.csv`."""
    found = []
    for row in rows:
        found.append(row)
        print(line(row), flush=True)
    path = given.out / f"{benchmark}-{given.device.partition(':')[0]}.csv"
    write(path, found)
    print(path)
    return 0


def line(row: BenchRow) -> str:
    """Return a row in short: who, on what, milliseconds, MiB, and the ratios there are."""
    held = row.memory_allocated if row.memory_reserved is None else row.memory_reserved
    memory = "" if held is None else f"{held / 2**20:8.1f} MiB"
    ratios = {"x copy": row.ratio_to_copy, "x ours": row.ratio_to_ours, "samples/s": row.samples_per_second}
    shown = "  ".join(f"{value:g} {name}" for name, value in ratios.items() if value is not None)
    who = f"{row.contender} ({row.memory})"
    sizes = f"{row.shape} T={row.T}" + ("" if row.width is None else f" width={row.width}")
    return f"{row.case:<22} {sizes:<30} {who:<41} {row.median_ms:10.3f} ms {memory}  {shown}"
