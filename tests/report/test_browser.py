"""A report as Chromium shows it."""

import json
import shutil
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait

from snnexp.commands import main
from snnexp.report import text
from snnexp.report.sources import Source
from snnexp.report.watch import server
from snnexp.runs.results import read_result

Browse = Callable[..., Chrome]


def requests(driver: Chrome) -> list[str]:
    """The addresses that were asked for, apart from those that hold their content themselves."""
    messages = [json.loads(entry["message"])["message"] for entry in driver.get_log("performance")]
    sent = [each["params"]["request"]["url"] for each in messages if each["method"] == "Network.requestWillBeSent"]
    return [address for address in sent if not address.startswith("data:")]


@pytest.fixture(scope="module")
def page(runs: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The report of the trained runs."""
    folder = shutil.copytree(runs, tmp_path_factory.mktemp("reported") / "runs")
    assert main(["report", str(folder)]) == 0
    return folder / "report.html"


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1240, 360])
def test_a_sweep_opens_without_error_and_without_network(page: Path, browse: Browse, width: int, scheme: str):
    address = page.as_uri()
    driver = browse(address, width, scheme)
    assert requests(driver) == [address] and driver.get_log("browser") == []
    ink, paper = driver.execute_script(
        "const style = getComputedStyle(document.body); return [style.color, style.backgroundColor]"
    )
    assert (sum(map(int, ink[4:-1].split(","))) > sum(map(int, paper[4:-1].split(",")))) == (scheme == "dark")
    size = "const { scrollWidth, clientWidth } = document.documentElement; return [scrollWidth, clientWidth]"
    scrolls, shows = driver.execute_script(size)
    assert scrolls == shows <= width
    shown = driver.execute_script("return [...document.querySelectorAll('svg path')].map(e => e.getTotalLength())")
    assert shown and min(shown) >= 0


def test_figures_shown_are_those_of_the_results(page: Path, browse: Browse):
    driver = browse(page.as_uri())
    script = "return [...arguments[0].querySelectorAll('data')].map(e => [e.dataset.key, Number(e.value)])"
    texts = "return [...arguments[0].querySelectorAll('td')].map(e => e.textContent)"
    for run in page.parent.glob("*/*-s*"):
        result = read_result(run)
        shown = driver.execute_script(script, driver.find_element(By.CSS_SELECTOR, f"[data-run='{run.name}']"))
        assert ["test_accuracy", result["test_accuracy"]] in shown and ["parameters", result["parameters"]] in shown
        table = driver.find_element(By.CSS_SELECTOR, f"[data-run='{run.name}'] .layers")
        head = [each.get_attribute("data-key") for each in table.find_elements(By.CSS_SELECTOR, "th[data-key]")]
        cells = driver.execute_script(texts, table)
        for key in ("firing_rate", "quantization_error"):
            assert [key, result[key]] in shown
            assert cells[head.index(key) :: len(head)] == [f"{layer[key]:.4f}" for layer in result["layers"]]


def test_a_name_singles_out_its_runs(page: Path, browse: Browse):
    driver = browse(page.as_uri())
    buttons = driver.find_elements(By.CSS_SELECTOR, "nav button")
    assert len(buttons) == 2
    driver.execute_script("arguments[0].click()", buttons[1])
    only = "return document.head.lastElementChild.textContent"
    assert '"1"' in driver.execute_script(only) and buttons[1].get_attribute("aria-pressed") == "true"
    driver.execute_script("arguments[0].click()", buttons[1])
    assert driver.execute_script(only) == ""


def test_two_hundred_runs(
    runs: Path, browse: Browse, copy: Callable[..., None], tmp_path: Path, figure: Callable[[str, str], None]
):
    """Its time is told and not asserted, since a busy machine stretches it."""
    original = next(runs.glob("*/*-s2"))
    for number in range(200):
        pair, seed = divmod(number, 2)
        copy(original, tmp_path / f"exp{pair % 7}" / f"{pair:010x}-s{seed}", epochs=100, seed=seed)
    assert main(["report", str(tmp_path)]) == 0
    page = tmp_path / "report.html"
    assert page.stat().st_size < 5e6  # eleven figures have curves
    driver = browse(page.as_uri())
    assert driver.get_log("browser") == [] and len(driver.find_elements(By.CSS_SELECTOR, "[data-run]")) == 200
    seconds = driver.execute_script("return performance.getEntriesByType('navigation')[0].loadEventEnd / 1000")
    size = page.stat().st_size / 1e6
    figure("report of 200 runs", f"{size:.1f} MB, opened in {seconds:.1f} s")


def test_a_watched_page_follows_and_keeps_what_was_opened(copies: Path, browse: Browse):
    source = Source(copies)
    with server(source.version, lambda tag: text(source, tag)) as serving:
        threading.Thread(target=serving.serve_forever, daemon=True).start()
        driver = browse(f"http://127.0.0.1:{serving.server_port}/")
        run = next(copies.glob("*/*-s2"))
        driver.execute_script("document.querySelector(`[data-run='${arguments[0]}']`).open = true", run.name)
        header = "return document.querySelector('header').innerText"
        (run / "status.json").write_text('{"status": "failed", "cause": "the <i>disk</i> is full"}')
        WebDriverWait(driver, 60).until(lambda _: "1 failed" in driver.execute_script(header))
        opened = driver.find_elements(By.CSS_SELECTOR, "details.run[open]")
        assert [each.get_attribute("data-run") for each in opened] == [run.name]
        assert driver.get_log("browser") == []
        serving.shutdown()
