"""Commands of `snnexp` in processes of their own, which see the simulated devices."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path

SITE = Path(__file__).with_name("site")


class Started:
    """Starts such processes; those that still run at the end of the block are killed."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self.environment = {**environment, "PYTHONPATH": f"{environment['PYTHONPATH']}{os.pathsep}{SITE}"}
        self.processes: list[subprocess.Popen[str]] = []

    def __enter__(self) -> "Started":
        return self

    def __exit__(self, *error: object) -> None:
        for process in self.processes:
            with process:
                process.kill()

    def __call__(self, *words: str, devices: str = "0,1") -> subprocess.Popen[str]:
        """`snnexp WORDS`, where these devices are."""
        command, own = [sys.executable, "-m", "snnexp", *words], {"CUDA_VISIBLE_DEVICES": devices}
        piped = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
        self.processes.append(subprocess.Popen(command, env=self.environment | own, **piped))
        return self.processes[-1]


def end(process: subprocess.Popen[str]) -> tuple[int, str]:
    """The exit status of a process, and all that it said."""
    said, _ = process.communicate()
    return process.returncode, said


def first(found: Callable[[], list[Path]], process: subprocess.Popen[str]) -> Path:
    """The first of what a function finds, once it finds any while a process runs."""
    while not (paths := found()):
        assert process.poll() is None, process.communicate()
        time.sleep(0.02)
    return paths[0]


def begun(folder: Path) -> list[Path]:
    """The runs below a folder that have a row of metrics."""
    return [path.parent for path in folder.glob("*/*/metrics.jsonl") if path.read_text()]
