"""Builds the simulated device: C files with gcc against the headers that come with PyTorch's CUDA runtime."""

import re
import shutil
import subprocess
from importlib.util import find_spec
from pathlib import Path

SOURCES = sorted(Path(__file__).parent.glob("*.c"))


class Missing(Exception):
    """What the device is built from is not there, in a line."""


def build(folder: Path) -> dict[str, str]:
    """The environment in which PyTorch sees the device, whose library is made in `folder`.

    Raises:
        Missing: no gcc, no CUDA headers, or a PyTorch without CUDA.
    """
    if not shutil.which("gcc") or not shutil.which("nm"):
        raise Missing("no gcc with binutils")
    real = runtime()
    # Triton's may be of another CUDA, whose structures have other sizes; it has those that both need.
    headers, more = real.parents[1] / "include", package("triton") / "backends" / "nvidia" / "include"
    if not (headers / "driver_types.h").exists() or not more.exists():
        raise Missing("no CUDA headers beside the runtime, or none in triton")
    library = folder / real.name
    (folder / "rest.c").write_text(rest(real, (headers / "cuda.h").read_text()))
    (folder / "versions").write_text(f"{real.name} {{ global: *; }};\n")
    command = [
        "gcc",
        "-w",
        "-O1",
        "-shared",
        "-fPIC",
        f"-I{headers}",
        f"-I{more}",
        *map(str, SOURCES),
        str(folder / "rest.c"),
    ]
    linked = [f"-Wl,-soname,{real.name}", f"-Wl,--version-script={folder / 'versions'}", "-ldl", "-lpthread"]
    subprocess.run([*command, "-o", str(library), *linked], check=True)
    (folder / "libcuda.so.1").symlink_to(library.name)
    return {"LD_PRELOAD": str(library), "LD_LIBRARY_PATH": str(folder)}


def package(name: str) -> Path:
    """The folder of an installed package."""
    spec = find_spec(name)
    if spec is None or not spec.submodule_search_locations:
        raise Missing(f"no {name}")
    return Path(next(iter(spec.submodule_search_locations)))


def runtime() -> Path:
    """The CUDA runtime that PyTorch was linked with."""
    found = [*package("nvidia").glob("*/lib/libcudart.so.*")]
    if not found:
        raise Missing("no CUDA runtime in nvidia/")
    return found[0]


def rest(real: Path, driver: str) -> str:
    """Every other function of the runtime and of the driver: it does nothing, and says that all went well."""
    listed = subprocess.run(["nm", "-D", "--defined-only", real], capture_output=True, text=True, check=True).stdout
    names = {line.split()[-1].partition("@")[0] for line in listed.splitlines()}
    names = {name for name in names if re.fullmatch(r"_*cuda\w+", name)}
    names |= {*re.findall(r"\b(cu[A-Z]\w+)\s*\(", driver), "cuLinkAddData_v2", "cuLinkCreate_v2", "cuDeviceGetUuid_v2"}
    return "\n".join(f"__attribute__((weak)) long {name}(void) {{ return 0; }}" for name in sorted(names))
