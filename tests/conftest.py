"""What every test shares: shapes enforced at run time, `--all` for the slow tests, and the folder of real data.

`@pytest.mark.count(2, 20)` gives a test its `count`: the small one always, the large one with `--all`. What it measured
it tells by `figure(promise, measured)`; `--figures` keeps that in results/reliability.csv and docs/results.md.
"""

import csv
import functools
import os
import signal
import sys
import warnings
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from importlib.machinery import PathFinder
from pathlib import Path

import snnexp  # noqa: F401 - before torch, as everywhere: it bounds how long threads spin

# isort: split
import pytest
import torch
from hypothesis import settings
from jaxtyping import install_import_hook

sys.path.append(str(Path(__file__).parent / "shared"))  # what several folders' tests share is imported by name
if not torch.cuda.is_available():
    # Kernels then run in Triton's interpreter. Read when Triton is imported, which torchvision does on its own account.
    os.environ["TRITON_INTERPRET"] = "1"
    import interpreter

    interpreter.patch_once()


class Uninstrumented(PathFinder):
    """Loads Triton's modules as they are: their functions are compiled from source and take no decorators."""

    @classmethod
    def find_spec(cls, fullname, path=None, target=None):
        if fullname.startswith("snnexp.") and fullname.endswith(("_kernel", ".fused")):
            return super().find_spec(fullname, path, target)
        return None


ROOT = Path(__file__).parents[1]
FIGURES = ROOT / "results" / "reliability.csv"

install_import_hook("snnexp", "beartype.beartype")
sys.meta_path.insert(0, Uninstrumented)

# A machine that does other work too is slow at times, which is no failure.
settings.register_profile("shared machine", settings.default, deadline=None)
settings.load_profile("shared machine")


def pytest_configure(config: pytest.Config) -> None:
    if config.getoption("--figures") and not hasattr(config, "workerinput"):
        config.pluginmanager.register(Figures())
    # A script that starts tests in the background has Ctrl-C ignored, also by each process that a test starts.
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--all", action="store_true", help="run the tests marked slow as well")
    parser.addoption("--figures", action="store_true", help="write what tests measured into results/ and docs/")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if marker := metafunc.definition.get_closest_marker("count"):
        few, many = marker.args
        metafunc.parametrize("count", [few, pytest.param(many, marks=pytest.mark.slow)])


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    slow = pytest.mark.skip(reason="slow: runs with --all")
    devices = torch.cuda.device_count()
    for item in items:
        if "slow" in item.keywords and not config.getoption("--all"):
            item.add_marker(slow)
        if (cuda := item.get_closest_marker("cuda")) and devices < (needed := cuda.args[0] if cuda.args else 1):
            item.add_marker(pytest.mark.skip(reason=f"CUDA devices: {devices}, needed: {needed}"))


@pytest.fixture
def no_waits() -> AbstractContextManager[None]:
    """A block in which the host may not wait for the device, on pain of an error."""

    def mode(name: str) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # PyTorch warns that this is a prototype
            torch.cuda.set_sync_debug_mode(name)

    @contextmanager
    def refused() -> Iterator[None]:
        mode("error")
        try:
            yield
        finally:
            mode("default")

    return refused()


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


@pytest.fixture
def figure(record_property: Callable[[str, object], None]) -> Callable[[str, str], None]:
    """Keeps what a test that passes has measured of a promise, in place of what was measured of it before."""
    return lambda promise, measured: record_property("figure", (promise, measured))


class Figures:
    """Writes the figures as tests end; where these run in several processes, in the one that all report to."""

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        found = [figure for name, figure in report.user_properties if name == "figure"]
        if found and report.when == "call" and report.passed:
            rows = read_figures() | {promise: {"measured": text, "commit": tested()} for promise, text in found}
            with FIGURES.open("w", newline="") as file:
                writer = csv.writer(file, lineterminator="\n")
                writer.writerow(("promise", "measured", "commit"))
                writer.writerows((promise, *row.values()) for promise, row in rows.items())

    def pytest_sessionfinish(self) -> None:
        from snnexp.tables.pages import replace

        rows = [f"| {promise} | {row['measured']} | {row['commit']} |\n" for promise, row in read_figures().items()]
        table = "| promise | measured | commit |\n| --- | --- | --- |\n" + "".join(rows)
        replace(ROOT / "docs" / "results.md", "reliability", table)


@functools.cache
def tested() -> str:
    """Ten digits of the commit, and whether files differ from it."""
    from snnexp.runs.versions import commit  # late: behind the import hook

    digits, dash, state = (commit() or "").partition("-")
    return f"{digits[:10]}{dash}{state}"


def read_figures() -> dict[str, dict[str, str]]:
    """What was measured by promise."""
    lines = FIGURES.read_text().splitlines() if FIGURES.exists() else []
    return {row.pop("promise"): row for row in csv.DictReader(lines)}
