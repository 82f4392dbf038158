"""neuron.cpp made into a library for one neuron and this CPU by the system's C++ compiler, and kept between runs."""

import ctypes
import functools
import hashlib
import logging
import os
import shutil
import subprocess
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

import torch

log = logging.getLogger(__name__)
SOURCE = Path(__file__).with_name("neuron.cpp")
# Multiply, then add, as the reference does: contraction to one fused operation would flip spikes at the threshold.
FLAGS = ["-O3", "-march=native", "-fopenmp", "-ffp-contract=off", "-fno-math-errno", "-fno-trapping-math"]
FLAGS += ["-std=c++17", "-shared", "-fPIC"]
TYPES = {torch.float32: "float", torch.float64: "double", torch.bfloat16: "bfloat16"}
TILE = 64  # neurons whose state lies in registers and the first-level cache


class Neuron(NamedTuple):
    """What the code is compiled for; the constants are given at each call."""

    dtype: torch.dtype
    surrogate: str
    rectifier: tuple[str, str] | None
    strict: bool
    soft: bool
    detach_reset: bool
    decay_input: bool
    learned: bool


def compiler() -> str | None:
    """Path of the C++ compiler: `$CXX`, else g++, c++ or clang++ on the path."""
    return next(filter(None, map(shutil.which, [os.environ.get("CXX", "g++"), "g++", "c++", "clang++"])), None)


def describe() -> str:
    """Which form runs on this CPU, in words for the log."""
    return f"compiled ({compiler()})" if compiler() else "reference (PyTorch), no C++ compiler found"


@functools.cache
def processor() -> str:
    """What -march=native means here: a cached library must not travel to another processor."""
    lines = Path("/proc/cpuinfo").read_text().splitlines() if Path("/proc/cpuinfo").exists() else []
    return next((line for line in lines if line.startswith("flags")), " ".join(os.uname()))


def cache_folder() -> Path:
    """`$XDG_CACHE_HOME/snnexp`, or a folder of this user's below the temporary one where home cannot be written."""
    folder = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "snnexp"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if os.access(folder, os.W_OK):
            return folder
    except OSError:
        pass
    folder = Path(tempfile.gettempdir()) / f"snnexp-{os.getuid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    if folder.stat().st_uid != os.getuid():
        raise OSError(f"{folder} belongs to another user")
    return folder


def macros(neuron: Neuron) -> list[str]:
    """Compiler arguments that make neuron.cpp into this neuron's code."""
    phi, dphi = neuron.rectifier or ("", "")
    values = {
        "TILE": TILE,
        "STORE": TYPES[neuron.dtype],
        "REAL": "double" if neuron.dtype == torch.float64 else "float",
        "SURROGATE(z)": neuron.surrogate,
        "PHI(u)": phi,
        "DPHI(u)": dphi,
        "RECTIFIED": int(neuron.rectifier is not None),
        "STRICT": int(neuron.strict),
        "SOFT": int(neuron.soft),
        "DETACH": int(neuron.detach_reset),
        "DECAY_INPUT": int(neuron.decay_input),
        "LEARNED": int(neuron.learned),
    }
    return [f"-D{name}={value}" for name, value in values.items()]


@functools.cache
def library(neuron: Neuron) -> ctypes.CDLL | None:
    """The compiled code for `neuron`, from the cache or compiled in a second or two; else None, said once."""
    command = [compiler() or "no C++ compiler", *FLAGS, *macros(neuron)]
    key = hashlib.sha256("\0".join([*command, processor(), SOURCE.read_text()]).encode()).hexdigest()[:24]
    try:
        path = cache_folder() / f"lif-{key}.so"
        if not path.exists():
            start = time.perf_counter()
            with tempfile.TemporaryDirectory(dir=path.parent) as folder:
                made = Path(folder) / path.name
                subprocess.run([*command, str(SOURCE), "-o", str(made)], check=True, capture_output=True, text=True)
                made.replace(path)
            log.info("compiled the LIF operator in %.1f s, kept in %s", time.perf_counter() - start, path.parent)
        return ctypes.CDLL(str(path))
    except (OSError, subprocess.CalledProcessError) as error:
        cause = (getattr(error, "stderr", None) or str(error)).strip().splitlines()[0]
        log.warning("no compiled LIF operator (%s): using the slower reference; remedy: install g++", cause)
        return None
