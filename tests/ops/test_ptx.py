"""The machine code that Triton makes for a GPU computes what the reference does: its PTX is executed on the CPU.

Noticed besides: accesses outside of tensors, misaligned ones, and two threads at one place.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import lif_cases
import norm_lif_cases
import pytest

HERE = Path(__file__).parent
OPERATORS = {"lif": lif_cases, "norm_lif": norm_lif_cases}
# A comparison that takes in its bound, a sum for a difference, another factor, a store in the wrong place, one without
# its mask, the neighbour's part of a sum, and a value that is not rounded.
MUTANTS = [
    (r"setp\.gt\.f32", "setp.ge.f32"),
    (r"sub\.rn\.f32", "add.rn.f32"),
    (r"mul\.rn\.f32", "add.rn.f32"),
    (r"st\.global\.(\w+ )\[ (%rd\w+) \+ 0 \]", r"st.global.\1[ \2 + 4 ]"),
    (r"@%p\w+ (st\.global)", r"\1"),
    (r"(shfl\.sync\.bfly\.b32 .*), 16, 31", r"\1, 8, 31"),
    (r"selp\.(\w+)\s+(%\w+), ([^,]+), ([^,]+),", r"selp.\1 \2, \4, \3,"),
]


def run(operator: str, cases: list[dict], units: int = 0, mutants: list | None = None) -> dict[str, list[str]]:
    """What was wrong with the cases, and which mutants nothing noticed."""
    environment = {name: value for name, value in os.environ.items() if name != "TRITON_INTERPRET"}
    environment["PYTHONPATH"] = str(HERE.parents[1])
    command = [sys.executable, "-m", "ptx.run", f"{operator}_cases", f"snnexp.ops.{operator}", str(units)]
    given = json.dumps({"cases": cases, "mutants": mutants or []})
    done = subprocess.run(command, input=given, capture_output=True, text=True, env=environment, cwd=HERE)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.parametrize("operator", OPERATORS)
def test_a_few_cases_equal_the_reference(operator: str):
    assert run(operator, OPERATORS[operator].FEW)["failures"] == []


@pytest.mark.slow
@pytest.mark.parametrize("units", [0, 2, -2])  # by which approximate operations are off in the last place
@pytest.mark.parametrize("operator", OPERATORS)
def test_each_pair_of_options_equals_the_reference(operator: str, units: int):
    cases = lif_cases.covering(OPERATORS[operator].FACTORS, count=0)
    assert run(operator, cases, units)["failures"] == []


@pytest.mark.slow
def test_each_mutant_is_noticed():
    assert run("lif", [lif_cases.PLAIN | {"strict": True}], mutants=MUTANTS)["unnoticed"] == []
