"""Rows that a benchmark leaves: the fields' order is the columns' order."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from snnexp.bench.base.cases import Case, LifCase
from snnexp.bench.base.contest import Contender, Contest
from snnexp.bench.base.ratios import paired
from snnexp.bench.base.timing import Measured
from snnexp.files.tabular import to_csv
from snnexp.runs import versions


@dataclass(frozen=True, kw_only=True)
class BenchRow:
    """One contender on one case. Times are of forward and backward, or of a whole step, evaluation or epoch.

    `memory_allocated` is a run's largest rise above what is held between runs, `memory_reserved` all that CUDA's
    allocator took from the device; both in bytes.
    `gb_per_second` counts the bytes of `LifCase.moved` for every contender; `copy_gb_per_second` is a plain copy's,
    read and write, timed in the same rounds; `ratio_to_copy` is the time over that of copying as many bytes,
    `ratio_to_ours` the time over ours: medians of the ratios of each round, with their 95 % intervals.
    """

    benchmark: str
    case: str
    contender: str
    package: str
    version: str | None
    memory: str  # "kept" or "default": whether glibc keeps freed memory
    device: str
    threads: int
    torch: str
    triton: str | None
    dtype: str
    layout: str
    shape: str
    T: int
    N: int
    width: int | None = None
    neurons: int | None = None
    count: int | None = None
    timings: int
    p20_ms: float
    median_ms: float
    p80_ms: float
    memory_allocated: int | None = None
    memory_reserved: int | None = None
    gb_per_second: float | None = None
    copy_gb_per_second: float | None = None
    ratio_to_copy: float | None = None
    ratio_to_copy_low: float | None = None
    ratio_to_copy_high: float | None = None
    ratio_to_ours: float | None = None
    ratio_to_ours_low: float | None = None
    ratio_to_ours_high: float | None = None
    samples_per_second: float | None = None
    commit: str | None


def environment(device: str) -> dict[str, Any]:
    """Return the columns that say where a row was measured."""
    names = ("torch", "triton", "device", "threads", "commit")
    return {name: value for name, value in versions.environment(device).items() if name in names}


def spread(measured: Measured) -> dict[str, Any]:
    """Return the columns of time and memory."""
    p20, p80 = (round(1000 * measured.percentile(p), 4) for p in (20, 80))
    times = {"timings": len(measured.seconds), "p20_ms": p20, "median_ms": round(1000 * measured.median, 4)}
    memory = {"memory_allocated": measured.allocated, "memory_reserved": measured.reserved}
    return times | {"p80_ms": p80} | memory


def bandwidth(case: Case, measured: Measured, copy: Measured | None) -> dict[str, Any]:
    """Return the columns of bytes over time, for the operator."""
    if not isinstance(case, LifCase):
        return {"samples_per_second": round(case.N / measured.median, 2)}
    own = case.moved / measured.median / 1e9
    if copy is None:
        return {"gb_per_second": round(own, 2)}
    copied = 2 * case.size / copy.median / 1e9
    rates = {"gb_per_second": round(own, 2), "copy_gb_per_second": round(copied, 2)}
    return rates | ratio("copy", measured, copy, 2 * case.size / case.moved)


def ratio(to: str, measured: Measured, other: Measured, factor: float = 1.0) -> dict[str, Any]:
    """Return the columns of a ratio and its interval."""
    names = f"ratio_to_{to}", f"ratio_to_{to}_low", f"ratio_to_{to}_high"
    return dict(zip(names, paired(measured, other, factor), strict=True))


def rows(benchmark: str, case: Case, measured: Mapping[Contender, Measured]) -> Iterator[BenchRow]:
    """Yield a row for each contender but the copy, which the others are compared with."""
    copy = next((found for contender, found in measured.items() if contender.module == "copy"), None)
    ours = next((found for contender, found in measured.items() if contender.name == "snnexp"), None)
    for contender, found in measured.items():
        if contender.module == "copy":
            continue
        names = {
            "contender": contender.name,
            "package": contender.package,
            "memory": contender.memory,
            "layout": contender.layout,
        }
        columns = spread(found) | bandwidth(case, found, copy)
        columns |= {} if ours is None else ratio("ours", found, ours)
        version = versions.installed(contender.package)
        row: dict[str, Any] = names | environment(case.device) | case.columns() | columns
        yield BenchRow(benchmark=benchmark, version=version, **row)


def compete(
    benchmark: str, contenders: list[Contender], cases: Iterable[Case], warmups: int, rounds: int, repeats: int
) -> Iterator[BenchRow]:
    """Time the contenders on each case in turns, and yield their rows."""
    with Contest(contenders, warmups, rounds, repeats) as running:
        for case in cases:
            yield from rows(benchmark, case, running.measure(case))


def write(path: Path, found: list[BenchRow]) -> None:
    """Write rows as CSV, a missing value as an empty cell."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(to_csv([field.name for field in fields(BenchRow)], (asdict(row) for row in found)))
