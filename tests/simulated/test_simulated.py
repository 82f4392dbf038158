"""What needs a CUDA device, on the simulated one: each case in a process of its own, since one hangs now and then."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT, HERE = Path(__file__).parents[2], Path(__file__).parent
LIMIT = {False: 300, True: 1800}  # seconds by whether slow tests run as well; a case takes some 30 of an idle core
SMALL = ["-m", "cuda and not large"]
MARKED = [path for path in sorted((ROOT / "tests").rglob("test_*.py")) if "mark.cuda" in path.read_text()]
GRAPHS, LAYERS = ROOT / "tests/training/test_cuda_graph.py", ROOT / "tests/backbones/test_fused_layers.py"
# Arguments of pytest by case; what compiles for a GPU and what mutates needs none.
CASES = {
    "experiments": [HERE / "cases" / "experiments.py"],
    "graphs": [*SMALL, GRAPHS],
    "all others": [*SMALL, *(path for path in MARKED if path not in (GRAPHS, Path(__file__)))],
    "operators": [
        "-m",
        "not large",
        ROOT / "tests" / "ops",
        LAYERS,
        *(f"--ignore-glob=*{name}.py" for name in ("mutants", "compile", "ptx")),
    ],
}


def run(arguments: list[str | Path], environment: dict[str, str], limit: float) -> subprocess.CompletedProcess[str]:
    """Run pytest on the device.

    Raises:
        subprocess.TimeoutExpired: it hung; the last line of its output names the test.
    """
    command = [sys.executable, "-m", "pytest", "-v", "-p", "plugin", "-p", "no:cacheprovider", *map(str, arguments)]
    return subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True, timeout=limit)


@pytest.mark.parametrize("case", [*list(CASES)[:-1], pytest.param("operators", marks=pytest.mark.slow)])
def test_on_the_simulated_device(case: str, environment: dict[str, str], request: pytest.FixtureRequest):
    every = request.config.getoption("--all")
    arguments = [*CASES[case], *(["--all"] if every and case != "operators" else [])]  # those are many, and interpreted
    try:
        done = run(arguments, environment, LIMIT[every])
    except subprocess.TimeoutExpired:
        done = run(arguments, environment, LIMIT[every])
    assert done.returncode == 0, done.stdout[-8000:] + done.stderr[-2000:]
    assert " passed" in done.stdout
