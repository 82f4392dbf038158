"""The README's picture is taken by a script from a report's page."""

import shutil
import struct
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[1] / "scripts/picture"


@pytest.mark.skipif(not shutil.which("chromedriver"), reason="no chromium with chromedriver")
def test_takes_a_page_down_to_its_learning_curves(tmp_path: Path):
    sections = "".join(
        f"<section style='height: 300px'><h2>{name}</h2></section>" for name in ("Learning curves", "Layers")
    )
    page, out = tmp_path / "page.html", tmp_path / "out.png"
    page.write_text(f"<!doctype html><style>* {{ margin: 0 }}</style>{sections}")
    subprocess.run([sys.executable, "-W", "error", SCRIPT, page, out], check=True)
    data = out.read_bytes()
    assert data.startswith(b"\x89PNG")
    assert struct.unpack(">II", data[16:24]) == (1860, 474)
