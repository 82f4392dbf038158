"""Times of one run on the device it uses, and the memory it needs there."""

import ctypes
import platform
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from jaxtyping import Float64

Run = Callable[[], None]
SLEEP, LONGEST = 2**24, 2**29  # cycles: some 10 and 300 ms
STATUS, PEAK_RESET = Path("/proc/self/status"), Path("/proc/self/clear_refs")


@dataclass(frozen=True)
class Measured:
    """Seconds of each timed run, and the memory in bytes: see `Memory.peak`."""

    seconds: list[float]
    allocated: int | None
    reserved: int | None = None
    repeats: int = 1

    @property
    def rounds(self) -> Float64[np.ndarray, " rounds"]:
        """The median of each round's `repeats` runs, in seconds."""
        return np.median(np.reshape(self.seconds, (-1, self.repeats)), axis=1)

    @property
    def median(self) -> float:
        """The median in seconds."""
        return statistics.median(self.seconds)

    def percentile(self, percent: int) -> float:
        """Return the `percent`-th percentile in seconds, interpolated."""
        return float(torch.tensor(self.seconds, dtype=torch.float64).quantile(percent / 100))


def seconds(run: Run, device: str, repeats: int, by_device: bool = False) -> list[float]:
    """Time `repeats` runs one by one; on CUDA by events, of the device's work alone if `by_device`."""
    if not device.startswith("cuda"):
        return [wall_clock(run) for _ in range(repeats)]
    if by_device:
        return [on_device(run) for _ in range(repeats)]
    events = [(torch.cuda.Event(enable_timing=True), torch.cuda.Event(enable_timing=True)) for _ in range(repeats)]
    for start, end in events:
        start.record()
        run()
        end.record()
    torch.cuda.synchronize()
    return [start.elapsed_time(end) / 1000 for start, end in events]


def on_device(run: Run) -> float:
    """Measure the seconds that CUDA works on a run: it sleeps until the host has sent all of the run."""
    cycles = SLEEP
    while True:
        start, end = torch.cuda.Event(enable_timing=True), torch.cuda.Event(enable_timing=True)
        torch.cuda._sleep(cycles)
        start.record()
        run()
        end.record()
        was_asleep = not start.query()
        end.synchronize()
        if was_asleep or cycles >= LONGEST:  # a run that waits for the device is never sent in time
            return start.elapsed_time(end) / 1000
        cycles *= 2


def wall_clock(run: Run) -> float:
    """Measure the seconds of one run."""
    start = time.perf_counter()
    run()
    return time.perf_counter() - start


@dataclass
class Memory:
    """Memory from its making on, which is between two runs: `peak` is the largest rise above what was held then."""

    device: str

    def __post_init__(self) -> None:
        if self.device.startswith("cuda"):
            torch.cuda.empty_cache()
            torch.cuda.reset_peak_memory_stats()
            self.before = torch.cuda.memory_allocated()
        elif STATUS.exists():
            release()
            PEAK_RESET.write_text("5")  # VmHWM starts again
            self.before = resident("VmRSS")

    def peak(self) -> tuple[int | None, int | None]:
        """Return by how many bytes memory rose (on a CPU where Linux reports it), and all that CUDA reserved."""
        if self.device.startswith("cuda"):
            return torch.cuda.max_memory_allocated() - self.before, torch.cuda.max_memory_reserved()
        return (resident("VmHWM") - self.before, None) if STATUS.exists() else (None, None)


def release() -> None:
    """Give freed memory back to the system, which glibc keeps otherwise."""
    if platform.libc_ver()[0] == "glibc":
        ctypes.CDLL(None).malloc_trim(0)


def resident(field: str) -> int:
    """Return the bytes of `VmRSS` (resident now) or `VmHWM` (its peak) of this process."""
    line = next(line for line in STATUS.read_text().splitlines() if line.startswith(f"{field}:"))
    return int(line.split()[1]) * 1024
