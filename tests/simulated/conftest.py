import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

HERE = Path(__file__).parent
sys.path.append(str(HERE))


@pytest.fixture(scope="session")
def environment(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Of a process that sees the device; `tests/simulated` is on its path."""
    from build import Missing, build

    try:
        made = build(tmp_path_factory.mktemp("device"))
    except Missing as missing:
        pytest.skip(f"no simulated device: {missing}")
    paths = os.pathsep.join([str(HERE.parents[1]), str(HERE), os.environ.get("PYTHONPATH", "")])
    return os.environ | made | {"PYTHONPATH": paths, "OMP_NUM_THREADS": "1"}


@pytest.fixture
def start(environment: dict[str, str]) -> Iterator["Started"]:
    """Starts commands that see the device."""
    from started import Started

    with Started(environment) as started:
        yield started
