"""The figures that README states are those of docs/results.md, which commands write."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_readme_states_figures_that_were_measured():
    readme, results = (ROOT / "README.md").read_text(), (ROOT / "docs" / "results.md").read_text()
    points = re.search(r"^- \*\*.*?^\S", readme.split("## Install")[0], re.MULTILINE | re.DOTALL)
    rows = re.findall(r"^\| .*, time \|.*|^\| the same, .*", readme, re.MULTILINE)
    assert points and len(rows) == 4
    figures = set(re.findall(r"-?\d+\.\d+|\d+ of \d+", "".join([readme.split("## Install")[0], *rows])))
    assert len(figures) > 8 and [figure for figure in sorted(figures) if figure not in results] == []
