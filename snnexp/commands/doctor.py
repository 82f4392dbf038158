"""`snnexp doctor`: what this machine offers to a training, and the remedy for what is missing."""

import os
import platform
from collections.abc import Iterator
from typing import NamedTuple

from snnexp import __version__
from snnexp.commands import data
from snnexp.config.arguments import Parser
from snnexp.machine.packages import install

HELP = """\
usage: snnexp doctor

Shows versions, devices, which form of the LIF operator runs on each, and the data found, with a remedy for what is
missing.

examples:
  snnexp doctor
  SNNEXP_DATA=/scratch/data snnexp doctor
"""
PACKAGES = {
    "torchvision": "pip install torchvision, built for this torch",
    "triton": "comes with torch for CUDA; needed on GPUs only",
    "hydra-core": "pip install hydra-core",
    "omegaconf": "pip install omegaconf",
}
READERS = {"aedat": ".aedat4", "h5py": ".h5"}  # packages of the extra dvs


class Finding(NamedTuple):
    """One line: what was looked for, what was found (None: nothing), and what to do then."""

    name: str
    found: str | None
    remedy: str = ""

    def __str__(self) -> str:
        return f"{self.name:<14}{self.found or f'missing: {self.remedy}'}"


def main(arguments: list[str]) -> int:
    """Print versions, devices, kernel choice and data; 0 whatever is missing."""
    Parser().parse_args(arguments)
    for finding in (*packages(), *devices()):
        print(finding)
    print(f"{'data':<14}{os.environ.get('SNNEXP_DATA') or 'SNNEXP_DATA is not set: it names the folder of real data'}")
    data.main(["status"])
    return 0


def packages() -> Iterator[Finding]:
    """List snnexp, Python and the packages that matter."""
    import torch  # late: the help does without

    from snnexp.runs import versions

    commit = versions.commit()
    yield Finding("snnexp", f"{__version__} ({commit})" if commit else __version__)
    yield Finding("python", f"{platform.python_version()} on {platform.platform()}")
    yield Finding("torch", torch.__version__)
    for package, remedy in PACKAGES.items():
        yield Finding(package, versions.installed(package), remedy)
    for package, suffix in READERS.items():
        yield Finding(package, versions.installed(package), f"{install('dvs')}; needed for {suffix} recordings only")


def devices() -> Iterator[Finding]:
    """List CPU and GPUs, each with the form of the LIF operator that runs there."""
    import torch  # late: the help does without

    from snnexp.ops.base.library import compiler
    from snnexp.ops.lif import implementation
    from snnexp.runs import versions

    cpu = torch.device("cpu")
    yield Finding("cpu", f"{versions.device_name(cpu)}, {torch.get_num_threads()} threads")
    yield Finding(
        "C++ compiler",
        " ".join(compiler()) or None,
        "install g++ (apt install g++) or set CXX; on a CPU, LIF is slow without",
    )
    yield Finding("LIF on cpu", implementation(cpu))
    yield Finding("bfloat16", bfloat16(), "this CPU only imitates it; leave trainer.amp=false on it")
    count = torch.cuda.device_count() if torch.cuda.is_available() else 0
    if not count:
        yield Finding("cuda", None, "no GPU that this torch can use; trainings run on the CPU")
    for device in (torch.device("cuda", index) for index in range(count)):
        free, total = (size / 2**30 for size in torch.cuda.mem_get_info(device))
        yield Finding(str(device), f"{versions.device_name(device)}, {free:.1f} of {total:.1f} GiB free")
        yield Finding(f"LIF on {device}", implementation(device))


def bfloat16() -> str | None:
    """Return which instructions of this CPU compute in bfloat16, or None."""
    from snnexp.ops.base.library import processor  # late: the help does without torch

    found = {"avx512_bf16", "amx_bf16", "bf16"}.intersection(processor().split())
    return f"on cpu by {', '.join(sorted(found))}" if found else None
