"""What a run was measured with: versions, commit, device, threads and memory."""

import platform
import resource
import subprocess
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import torch

import snnexp


def environment(device: torch.device | str = "cpu") -> dict[str, Any]:
    """Return versions, commit, device and threads: what may change the numbers besides the config."""
    return {
        "snnexp": snnexp.__version__,
        "commit": commit(),
        "torch": str(torch.__version__),
        "triton": installed("triton"),
        "python": platform.python_version(),
        "device": device_name(torch.device(device)),
        "float32_products": "tf32"
        if torch.device(device).type == "cuda" and torch.backends.cudnn.allow_tf32
        else "ieee",
        "threads": torch.get_num_threads(),
    }


def commit() -> str | None:
    """Return the commit of snnexp's checkout, with `-dirty` if its files differ; None outside a checkout.

    What commands write of runs, below results/ and docs/, is not counted: it changes no run.
    """
    root = Path(snnexp.__file__).parents[1]
    if not (root / ".git").exists():
        return None
    git = ["git", "-C", str(root)]
    try:
        head = subprocess.run([*git, "rev-parse", "HEAD"], capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return None
    differs = subprocess.run([*git, "diff", "--quiet", "HEAD", "--", ".", ":!results", ":!docs"], capture_output=True)
    return f"{head}-dirty" if differs.returncode else head


def installed(package: str) -> str | None:
    """Return the version of an installed package, without importing it."""
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def device_name(device: torch.device) -> str:
    """Return the GPU's name, or the processor's."""
    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    named = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(named, platform.processor() or platform.machine())


def peak_memory(device: torch.device) -> int:
    """Return the largest allocation on a GPU, or the process's largest resident memory, in bytes."""
    if device.type == "cuda":
        return torch.cuda.max_memory_allocated(device)
    unit = 1 if platform.system() == "Darwin" else 1024  # of ru_maxrss
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit
