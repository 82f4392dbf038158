from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest

from snnexp.config.compose import Composed, compose
from snnexp.runs.identity import identify
from snnexp.runs.results import write_result
from snnexp.runs.run import seal
from snnexp.runs.status import mark

VERSIONS = {"snnexp": "0.1.0", "commit": "c" * 40, "torch": "2.10.0", "device": "a processor"}
DATA = "cifar10: 50000 training, 10000 test images"
FIGURES = {"test_accuracy": 0.9, "best_test_accuracy": 0.91, "best_epoch": 3, "firing_rate": 0.2}
FIGURES |= {"quantization_error": 0.5, "seconds": 100.25}
FILES = {"training": {"files": 6, "bytes": 160, "sha256": "0"}, "test": {"files": 1, "bytes": 30, "sha256": "0"}}
MakeRun = Callable[..., Path]


@cache
def composed(*overrides: str) -> Composed:
    return compose(list(overrides))


@pytest.fixture(scope="session")
def make_run() -> MakeRun:
    """Writes what a finished run leaves, below a folder."""

    def make(
        runs: Path, *overrides: str, seed: int, device: str = "cpu", status: str = "done", data: dict = FILES, **content
    ) -> Path:
        found = composed(*overrides)
        config = found.config | {"seed": seed, "device": device, "runs_dir": str(runs)}
        identity = identify(replace(found, config=config), data)
        folder = identity.folder
        folder.mkdir(parents=True, exist_ok=True)
        told = {"exp": found.exp, "id": identity.id, "seed": seed, "config": config, "identity": identity.record}
        write_result(folder, FIGURES | VERSIONS | {"data": DATA} | told | seal(folder) | content)
        mark(folder, status)  # type: ignore[arg-type]
        return folder

    return make
