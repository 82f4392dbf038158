import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from selenium import webdriver
from selenium.webdriver.chrome.service import Service

from snnexp.config.compose import compose
from snnexp.metrics.histogram import Histogram
from snnexp.metrics.sample import Sample
from snnexp.report.base.measured import Findings, keep_measured
from snnexp.runs.results import read_result, write_result
from snnexp.runs.run import seal
from snnexp.runs.status import mark
from snnexp.training.run import train

SMALL = ["backbone.width=4", "trainer.epochs=2", "T=2", "device=cpu"]
Browse = Callable[..., webdriver.Chrome]
Copy = Callable[..., None]


@pytest.fixture(scope="session")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Trained runs: two seeds without RMP-Loss and two with it, and the record of their sweep, which has one more."""
    folder = tmp_path_factory.mktemp("trained") / "runs"
    each = [[f"regularizer={name}", f"seed={seed}"] for name in ("[]", "[rmp]") for seed in (1, 2)]
    folders = [train(compose([*SMALL, f"runs_dir={folder}", *words]))["folder"] for words in each]
    (folder / "sweeps").mkdir()
    record = {"folders": [*folders, str(folder / "quickstart" / "0123456789-s9")]}
    (folder / "sweeps" / "abcdef0123.json").write_text(json.dumps(record))
    return folder


@pytest.fixture
def copies(runs: Path, tmp_path: Path) -> Path:
    """The trained runs in a folder of the test's own, in which it may change them."""
    return Path(shutil.copytree(runs, tmp_path / "runs"))


@pytest.fixture(scope="session")
def copy() -> Copy:
    """Writes a finished run as another: with a number of epochs and a seed, in a folder of its own."""
    return copy_run


def copy_run(run: Path, folder: Path, epochs: int, seed: int) -> None:
    folder.mkdir(parents=True)
    result = read_result(run)
    config = result["config"] | {"seed": seed, "trainer": result["config"]["trainer"] | {"epochs": epochs}}
    lines = [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]
    rows = [lines[-1] | {"epoch": epoch, "test_accuracy": epoch / epochs} for epoch in range(epochs)]
    (folder / "metrics.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    (folder / "config.yaml").write_text(f"# snnexp train seed={seed}\n{json.dumps(config)}")
    told = {"id": folder.name.partition("-")[0], "seed": seed, "config": config, "layers": result["layers"] * 7}
    write_result(folder, result | told | seal(folder))
    outline = [0.001 * bin for bin in range(100)]
    histogram = Histogram(outline, outline, -3.0, 3.0, 0.5)
    layers = {f"layer{number}": histogram for number in range(21)}
    sample = Sample("3", "5", 4, {f"layer{number}": [[1, 3], [2]] for number in range(8)})
    keep_measured(folder, read_result(folder), Findings(layers, sample))
    mark(folder, "done")


@pytest.fixture(scope="module")
def browse() -> Iterator[Browse]:
    """Opens a page in Chromium, in a colour scheme and at a width of the window."""
    driver_path, chromium = shutil.which("chromedriver"), shutil.which("chromium")
    if not (driver_path and chromium):
        pytest.skip("no chromium with chromedriver (Debian: apt install chromium chromium-driver)")
    options = webdriver.ChromeOptions()
    options.binary_location = chromium
    for argument in ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    driver = webdriver.Chrome(options, Service(driver_path))

    def open_page(address: str, width: int = 1240, scheme: str = "light") -> webdriver.Chrome:
        for kind in ("performance", "browser"):
            driver.get_log(kind)  # what earlier pages left
        features = [{"name": "prefers-color-scheme", "value": scheme}]
        driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})
        size = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 500}
        driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
        driver.get(address)
        return driver

    yield open_page
    driver.quit()
