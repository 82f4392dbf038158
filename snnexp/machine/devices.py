"""The device that a config requests, and the threads of the CPU."""

import os
from dataclasses import dataclass
from functools import cache
from typing import Literal

from snnexp.errors import UserError


@dataclass(frozen=True)
class Machine:
    """Where a training runs: what `device=auto` and `threads=auto` stand for there; None is what this machine has."""

    device: str | None = None
    threads: int | None = None

    def resolve_device(self, device: str) -> str:
        """Return the config's device with `auto` resolved.

        Raises:
            UserError: a CUDA device that this machine has not, where the training runs here.
        """
        return resolve_device(device) if self.device is None else device.replace("auto", self.device)

    def resolve_threads(self, threads: int | Literal["auto"], nproc: int) -> int:
        """Return the threads of each of `nproc` processes: `auto` is `OMP_NUM_THREADS`, or else a part of the cores.

        Raises:
            UserError: `OMP_NUM_THREADS` is no number of threads.
        """
        if threads != "auto":
            return threads
        return said_threads() or self.threads or max(1, cores() // nproc)


def said_threads() -> int | None:
    """Return the threads that `OMP_NUM_THREADS` requests, of a list the first; None where it is not set.

    Raises:
        UserError: it is no number of threads.
    """
    said = os.environ.get("OMP_NUM_THREADS")
    if said is None:
        return None
    first = said.partition(",")[0].strip()
    if not (first.isdecimal() and int(first)):
        raise UserError(f"OMP_NUM_THREADS={said}: must be a number from 1 on; set it so, or unset it for all cores")
    return int(first)


@cache
def cores() -> int:
    """Return the threads that torch takes by default; they are set later on."""
    import torch  # late: the command line imports this module's users for its help

    return torch.get_num_threads()


def resolve_device(device: str) -> str:
    """Resolve `cpu`, `cuda`, `cuda:N` or `auto`, which is CUDA where there is a device.

    Raises:
        UserError: a CUDA device that is not there.
    """
    import torch  # late: the command line imports this module's users for its help

    count = torch.cuda.device_count() if torch.cuda.is_available() else 0
    if device == "auto":
        return "cuda" if count else "cpu"
    if device.startswith("cuda") and int(device.partition(":")[2] or 0) >= count:
        found = f"CUDA devices found: {count}" if count else "no CUDA device found"
        raise UserError(f"device={device}: {found}; use device=auto or device=cpu (`snnexp doctor` shows more)")
    return device


def check_devices(device: str, nproc: int) -> None:
    """Refuse more processes than there are devices for.

    Raises:
        UserError: naming `launch.nproc`, and how many CUDA devices there are.
    """
    import torch  # late: as above

    count = 1 if ":" in device else torch.cuda.device_count()
    if device.startswith("cuda") and nproc > count:
        found = f"each process takes a CUDA device of its own, and device={device} has {count}"
        raise UserError(f"launch.nproc={nproc}: {found}; use device=cuda with enough of them, or device=cpu")


def make_deterministic(on: bool) -> None:
    """Refuse operations whose results differ from run to run, and give cuBLAS the workspace it then needs.

    Otherwise cuDNN times its ways of a convolution at the first batch of each shape, and takes the fastest. Memory is
    not filled beforehand, as PyTorch then would: a GPU's step has twice the launches by it.
    """
    import torch  # late: a misspelt key is refused without waiting for torch

    if on:
        os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
    torch.use_deterministic_algorithms(on)
    torch.backends.cudnn.benchmark = not on  # by the clock, which chooses another one in another run
    torch.utils.deterministic.fill_uninitialized_memory = False  # pyright: ignore[reportAttributeAccessIssue]


def round_products(tf32: bool, device: str) -> None:
    """Let a GPU round the inputs of float32 convolutions and products to TF32 (10 bits behind the point), or not.

    PyTorch does so in convolutions by default, which the papers' float32 is not compared with here.

    Raises:
        UserError: TF32 on a CPU, which has none.
    """
    import torch  # late: as above

    if tf32 and device == "cpu":
        raise UserError("trainer.amp=tf32: needs a CUDA device; use trainer.amp=false")
    torch.backends.cudnn.allow_tf32 = torch.backends.cuda.matmul.allow_tf32 = tf32
