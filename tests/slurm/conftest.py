"""What the tests on a real SLURM share, which is started once for all of them."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from one_node import missing, one_node


@pytest.fixture(scope="session")
def slurm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """The environment in which SLURM's commands find a SLURM of one node; skipped where its packages are not there."""
    if why := missing():
        pytest.skip(why)
    with one_node(tmp_path_factory.mktemp("slurm") / "node") as environment:
        yield environment
