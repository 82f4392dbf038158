"""The LIF operator compiled for the CPU it runs on, through the system's C++ compiler; see compiled.cpp."""

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
from typing import Any, NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

from snnexp.ops.layout import dense, laid_out_as, like
from snnexp.ops.lif import reference
from snnexp.ops.lif.base import LifOutput, Rectifier, Reset, check_reset, state_dtype, steps
from snnexp.surrogates.base import Surrogate

log = logging.getLogger(__name__)
SOURCE = Path(__file__).with_suffix(".cpp")
# Multiply, then add, as the reference does: contraction to one fused operation would flip spikes at the threshold.
FLAGS = ["-O3", "-march=native", "-fopenmp", "-ffp-contract=off", "-fno-math-errno", "-fno-trapping-math"]
FLAGS += ["-std=c++17", "-shared", "-fPIC"]
TYPES = {torch.float32: "float", torch.float64: "double", torch.bfloat16: "bfloat16"}
BLOCK = 2048  # neurons whose sums are one number: fixed, so that results do not depend on the number of threads


class Shape(ctypes.Structure):
    """`Shape` of compiled.cpp."""

    _fields_ = [(name, ctypes.c_int64) for name in ("T", "neurons", "x_stride", "g_stride", "block")]
    _fields_ += [("threads", ctypes.c_int32), ("is_static", ctypes.c_int32)]


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
    """Compiler arguments that make compiled.cpp into this neuron's code."""
    phi, dphi = neuron.rectifier or ("", "")
    values = {
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


class Call(NamedTuple):
    """One layer's call: the code, its constants (decay, b, v_threshold, v_reset, v_subtract) and its form."""

    code: ctypes.CDLL
    constants: tuple[float, ...]
    T: int
    is_static: bool
    return_v_pre: bool

    def run(self, function: str, x: Tensor, g_stride: int, c: float, columns: int, *tensors: Tensor | None) -> Tensor:
        """Run forward or backward on blocks of neurons; returns its sums over blocks, `[columns]` in float64."""
        real = ctypes.c_double if x.dtype == torch.float64 else ctypes.c_float
        neurons = x[0].numel()
        sums = torch.empty(-(-neurons // BLOCK), columns, dtype=torch.float64)
        shape = Shape(self.T, neurons, x.stride(0), g_stride, BLOCK, torch.get_num_threads(), self.is_static)
        constants = (real * 6)(*self.constants, c)
        pointers = [ctypes.c_void_p(None if tensor is None else tensor.data_ptr()) for tensor in (x, *tensors, sums)]
        getattr(self.code, function)(ctypes.byref(shape), constants, *pointers)
        return sums.sum(0)


class Lif(torch.autograd.Function):
    """Forward keeps x alone; backward recomputes v_pre from it."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, decay: Tensor | None, call: Call) -> tuple[Tensor | None, ...]:
        x = dense(x.detach())
        spikes = like(x, call.T, x.dtype)
        v_pre = like(x, call.T, state_dtype(x)) if call.return_v_pre else None
        sums = (call.run("forward", x, 0, 0.0, 3, spikes, v_pre) / spikes.numel()).to(state_dtype(x))
        ctx.save_for_backward(x, decay)
        ctx.call = call
        ctx.set_materialize_grads(False)
        rate, error, rectified = sums.unbind()
        ctx.mark_non_differentiable(rate, rectified)
        return spikes, rate, error, rectified, v_pre

    @staticmethod
    def backward(ctx: Any, *grads: Tensor | None) -> tuple[Tensor | None, ...]:
        x, decay = ctx.saved_tensors
        call, (g, _, derror, _, dv_pre) = ctx.call, grads
        g = like(x, 1, x.dtype).zero_().expand(call.T, *x.shape[1:]) if g is None else laid_out_as(x, g)
        dv_pre = None if dv_pre is None else like(x, call.T, dv_pre.dtype).copy_(dv_pre)
        dx = like(x, 1 if call.is_static else call.T, x.dtype)
        c = 0.0 if derror is None else 2 * float(derror) / (call.T * x[0].numel())
        ddecay = call.run("backward", x, g.stride(0), c, 1, g, dv_pre, dx)
        return dx, None if decay is None else ddecay[0].to(decay.dtype), None


def lif(
    x: Float[Tensor, "S N *feat"],
    *,
    T: int | None = None,
    decay: float | Float[Tensor, ""],
    decay_input: bool,
    v_threshold: float,
    strict: bool,
    reset: Reset,
    v_reset: float,
    v_subtract: float,
    detach_reset: bool,
    surrogate: Surrogate,
    rectifier: Rectifier | None = None,
    return_v_pre: bool = False,
) -> LifOutput:
    """As `snnexp.ops.lif.reference.lif`, which it calls for float16 and where nothing can be compiled."""
    arguments = {name: value for name, value in locals().items() if name != "x"}
    check_reset(reset, decay_input, v_reset)
    phi = None if rectifier is None else (rectifier.cpp, rectifier.cpp_derivative)
    learned = decay.to(state_dtype(x)) if isinstance(decay, Tensor) else None
    options = strict, reset == "soft", detach_reset, decay_input, learned is not None
    code = library(Neuron(x.dtype, surrogate.cpp, phi, *options)) if x.dtype in TYPES else None
    if code is None:
        return reference.lif(x, **arguments)
    fixed = decay if learned is None else learned.detach()
    constants = float(fixed), float(1 - fixed) if decay_input else 1.0, v_threshold, v_reset, v_subtract
    call = Call(code, constants, steps(x, T), T is not None, return_v_pre)
    spikes, rate, error, rectified, v_pre = Lif.apply(x, learned, call)
    return LifOutput(spikes, rate, error, None if rectifier is None else rectified, v_pre)
