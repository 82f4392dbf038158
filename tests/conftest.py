"""What every test shares: shapes enforced at run time, `--all` for the slow tests, and the folder of real data."""

import os
import sys
from collections.abc import Iterator
from importlib.machinery import PathFinder
from pathlib import Path

import pytest
import torch
from hypothesis import settings
from jaxtyping import install_import_hook

if not torch.cuda.is_available():
    # Kernels then run in Triton's interpreter. Read when Triton is imported, which torchvision does on its own account.
    os.environ["TRITON_INTERPRET"] = "1"


class Uninstrumented(PathFinder):
    """Loads Triton's modules as they are: their functions are compiled from source and take no decorators."""

    @classmethod
    def find_spec(cls, fullname, path=None, target=None):
        if fullname.startswith("snnexp.") and fullname.endswith(("_kernel", ".fused")):
            return super().find_spec(fullname, path, target)
        return None


install_import_hook("snnexp", "beartype.beartype")
sys.meta_path.insert(0, Uninstrumented)

# A machine that does other work too is slow at times, which is no failure.
settings.register_profile("shared machine", settings.default, deadline=None)
settings.load_profile("shared machine")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--all", action="store_true", help="run the tests marked slow as well")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    slow = pytest.mark.skip(reason="slow: runs with --all")
    cuda = pytest.mark.skip(reason="no CUDA device")
    for item in items:
        if "slow" in item.keywords and not config.getoption("--all"):
            item.add_marker(slow)
        if "cuda" in item.keywords and not torch.cuda.is_available():
            item.add_marker(cuda)


@pytest.fixture(scope="session")
def data_root() -> Path:
    """The folder of the real data sets; a test that asks for it is skipped where it is not set."""
    root = os.environ.get("SNNEXP_DATA")
    if not root:
        pytest.skip("SNNEXP_DATA is not set: it names the folder that holds the real data sets")
    return Path(root)


@pytest.fixture(scope="session", autouse=True)
def cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """A cache of decoded data of its own, so that tests write nothing beside the real data."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SNNEXP_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield
