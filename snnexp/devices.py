"""The device that a config asks for."""

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
