"""Packages that only some commands need."""

import shlex


def install(extra: str) -> str:
    """Return the command that installs the packages of an extra of snnexp, each with the versions that it may have.

    It names these and not `snnexp[extra]`, which no index has.
    """
    from importlib.metadata import PackageNotFoundError, requires  # late: slow beside the help texts

    try:
        stated = requires("snnexp") or []
    except PackageNotFoundError:  # snnexp is a folder on PYTHONPATH
        stated = []
    parts = [each.partition(";") for each in stated]
    packages = [package for package, _, marker in parts if marker.endswith(f"extra == '{extra}'")]
    return f"pip install {shlex.join(packages)}" if packages else f"install snnexp with its extra {extra}"
