"""The device that a config asks for."""

import os

from snnexp.errors import UserError


def resolve_device(device: str) -> str:
    """`cpu`, `cuda` or `cuda:N`; `auto` is CUDA where there is a device.

    Raises:
        UserError: a CUDA device that is not there.
    """
    import torch  # late: the command line imports this module's users for its help

    count = torch.cuda.device_count() if torch.cuda.is_available() else 0
    if device == "auto":
        return "cuda" if count else "cpu"
    if device.startswith("cuda") and int(device.partition(":")[2] or 0) >= count:
        found = f"CUDA devices found: {count}" if count else "no CUDA device found"
        raise UserError(f"device={device}: {found}; use device=auto or device=cpu (`snnexp doctor` tells more)")
    return device


def check_devices(device: str, nproc: int) -> None:
    """Refuse more processes than there are devices for.

    Raises:
        UserError: naming `launch.nproc`, and how many CUDA devices there are.
    """
    import torch  # late: as above

    count = 1 if ":" in device else torch.cuda.device_count()
    if device.startswith("cuda") and nproc > count:
        found = f"each process takes a CUDA device of its own, and device={device} stands for {count}"
        raise UserError(f"launch.nproc={nproc}: {found}; use device=cuda with enough of them, or device=cpu")


def make_deterministic(on: bool) -> None:
    """Refuse operations whose results differ from run to run, and give cuBLAS the workspace it then asks for."""
    import torch  # late: a misspelt key is refused without waiting for torch

    if on:
        os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
    torch.use_deterministic_algorithms(on)
