"""How long a waiting thread spins: libgomp itself tells what it was given, when a process loads it with torch."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import torch

LIBRARY = next(Path(torch.__file__).parent.glob("lib/libgomp*"), None)
LOAD = [sys.executable, "-c", f"import snnexp, ctypes; ctypes.CDLL({str(LIBRARY)!r})"]
pytestmark = pytest.mark.skipif(LIBRARY is None, reason="this torch brings no libgomp")


def turns(command: list[str], **given: str) -> int:
    kept = {name: value for name, value in os.environ.items() if name not in ("GOMP_SPINCOUNT", "OMP_WAIT_POLICY")}
    done = subprocess.run(command, env=kept | {"OMP_DISPLAY_ENV": "VERBOSE"} | given, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    (found,) = re.findall(r"GOMP_SPINCOUNT = '(\d+)'", done.stderr)
    return int(found)


def test_the_command_bounds_it_before_torch_is_loaded():
    assert turns([sys.executable, "-m", "snnexp", "doctor"]) == 1000


@pytest.mark.parametrize(
    ("given", "found"),
    [({}, 1000), ({"GOMP_SPINCOUNT": "77"}, 77), ({"OMP_WAIT_POLICY": "passive"}, 0)],
)
def test_what_the_user_has_set_stands(given: dict[str, str], found: int):
    assert turns(LOAD, **given) == found
