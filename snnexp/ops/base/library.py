"""A C++ file made into a library for one use and this CPU by the system's C++ compiler, and cached between runs."""

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
from typing import Any, NamedTuple, Protocol, runtime_checkable

import torch

from snnexp.errors import reason
from snnexp.files.private import Shared, private

log = logging.getLogger(__name__)
# Multiply, then add, as the reference does: contraction to one fused operation would flip spikes at the threshold.
FLAGS = ["-O3", "-march=native", "-fopenmp", "-ffp-contract=off", "-fno-math-errno", "-fno-trapping-math"]
FLAGS += ["-std=c++17", "-shared", "-fPIC"]
TYPES = {torch.float32: "float", torch.float64: "double", torch.bfloat16: "bfloat16"}
TILE = 64  # neurons whose state lies in registers and the first-level cache


@runtime_checkable
class Compilable(Protocol):
    """What a library is compiled from; hashable."""

    @property
    def source(self) -> Path: ...

    @property
    def title(self) -> str: ...

    def macros(self) -> dict[str, Any]: ...


class NeuronCode(NamedTuple):
    """What the code is compiled for; the constants are given at each call."""

    dtype: torch.dtype
    surrogate: str
    rectifier: tuple[str, str] | None
    strict: bool
    soft: bool
    detach_reset: bool
    detach_state: bool
    decay_input: bool
    learned: bool
    source = Path(__file__).with_name("neuron.cpp")
    title = "the LIF operator"

    def macros(self) -> dict[str, Any]:
        """Return the constants that neuron.cpp is compiled with."""
        phi, dphi = self.rectifier or ("", "")
        return {
            "TILE": TILE,
            "STORE": TYPES[self.dtype],
            "REAL": "double" if self.dtype == torch.float64 else "float",
            "SURROGATE(z)": self.surrogate,
            "PHI(u)": phi,
            "DPHI(u)": dphi,
            "RECTIFIED": int(self.rectifier is not None),
            "STRICT": int(self.strict),
            "SOFT": int(self.soft),
            "DETACH_RESET": int(self.detach_reset),
            "DETACH_STATE": int(self.detach_state),
            "DECAY_INPUT": int(self.decay_input),
            "LEARNED": int(self.learned),
        }


# A neuron that is compiled to see whether the compiler works.
TRIAL = NeuronCode(torch.float32, "1.0f", None, False, False, False, False, False, False)


def compiler() -> list[str]:
    """Return the C++ compiler's command: `$CXX`, as `ccache g++`, or else g++, c++ or clang++; empty without one."""
    given = os.environ.get("CXX", "").split()
    commands = [given] if given else [["g++"], ["c++"], ["clang++"]]
    found = ([path, *options] for name, *options in commands if (path := shutil.which(name)))
    return next(found, [])


def works() -> bool:
    """Return whether the compiler makes a library that can be loaded."""
    return library(TRIAL) is not None


def describe() -> str:
    """Return which form runs on this CPU, in words for the log."""
    return f"compiled ({' '.join(compiler())})" if works() else "reference (PyTorch), no C++ compiler that works"


@functools.cache
def processor() -> str:
    """Return what -march=native means here: a cached library must not travel to another processor."""
    lines = Path("/proc/cpuinfo").read_text().splitlines() if Path("/proc/cpuinfo").exists() else []
    return next((line for line in lines if line.startswith(("flags", "Features"))), " ".join(os.uname()))


def cache_folder() -> Path:
    """Return `$XDG_CACHE_HOME/snnexp/kernels`, or one below the temporary folder if that is not this user's alone.

    Raises:
        OSError: neither can.
    """
    try:
        home = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
        return private(home / "snnexp" / "kernels")
    except (OSError, RuntimeError) as error:  # RuntimeError: this user has no home
        if isinstance(error, Shared):
            log.warning("%s", error)
        return private(Path(tempfile.gettempdir()) / f"snnexp-{os.getuid()}")


@functools.cache
def library(code: Compilable) -> ctypes.CDLL | None:
    """Return the compiled `code`, from the cache or compiled in a second or two; else None, said once."""
    macros = [f"-D{name}={value}" for name, value in code.macros().items()]
    command = [*compiler(), *FLAGS, *macros, str(code.source)]
    read = [path.read_text() for path in (code.source, *sorted(code.source.parent.glob("*.h")))]
    key = hashlib.sha256("\0".join([*command, processor(), *read]).encode()).hexdigest()[:24]
    try:
        if not compiler():
            raise FileNotFoundError(f"{os.environ.get('CXX') or 'C++ compiler'} not found")
        folder = cache_folder()
        return ctypes.CDLL(str(kept(folder, key) or compiled(folder, key, command, code.title)))
    except (OSError, subprocess.CalledProcessError) as error:
        tell(cause(error))
        return None


def cause(error: Exception) -> str:
    """Return why there is no library, in one line: the first that the compiler said, or how it ended."""
    if not isinstance(error, subprocess.CalledProcessError):
        return reason(error)
    silent = f"{Path(error.cmd[0]).name} ended with status {error.returncode} and said nothing"
    return next(filter(None, map(str.strip, error.stderr.splitlines())), silent)


@functools.cache
def tell(cause: str) -> None:
    """Say once that the reference runs, and why."""
    remedy = "install g++, or set CXX to a compiler's command"
    log.warning("no compiled operators (%s): using the slower references; remedy: %s", cause, remedy)


def kept(folder: Path, key: str) -> Path | None:
    """Return the library cached for a key if it is whole, by the digest in its name; a damaged one is removed."""
    for path in folder.glob(f"lif-{key}-*.so"):
        if not path.is_symlink() and path.is_file() and path.name == named(key, path.read_bytes()):
            return path
        log.warning("%s is damaged and is compiled again", path)
        path.unlink(missing_ok=True)
    return None


def compiled(folder: Path, key: str, command: list[str], title: str) -> Path:
    """Return a new library in the folder, whole as soon as it has its name.

    Raises:
        OSError, CalledProcessError: it could not be compiled or stored.
    """
    start = time.perf_counter()
    with tempfile.TemporaryDirectory(dir=folder) as unfinished:
        made = Path(unfinished) / "lif.so"
        subprocess.run([*command, "-o", str(made)], check=True, capture_output=True, text=True)
        path = made.replace(folder / named(key, made.read_bytes()))
    log.info("compiled %s in %.1f s, cached in %s", title, time.perf_counter() - start, folder)
    return path


def named(key: str, data: bytes) -> str:
    """Return the name of a library of this content."""
    return f"lif-{key}-{hashlib.sha256(data).hexdigest()[:24]}.so"
