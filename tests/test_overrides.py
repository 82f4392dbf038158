import re
from pathlib import Path

import pytest

from snnexp.errors import UserError
from snnexp.overrides import combinations
from snnexp.places import options


def test_a_sweep_is_every_combination_the_last_key_fastest():
    assert combinations(["T=1,2", "loss=mse_rate", "seed=range(1,3)"]) == [
        [f"T={T}", "loss=mse_rate", f"seed={seed}"] for T in (1, 2) for seed in (1, 2)
    ]
    assert combinations(["regularizer=[],[rmp,mpr]"]) == [["regularizer=[]"], ["regularizer=[rmp,mpr]"]]
    assert combinations([]) == [[]]


def test_a_glob_stands_for_names_of_ours_and_of_a_users_folder(tmp_path: Path):
    (tmp_path / "exp").mkdir()
    (tmp_path / "exp/rmp_mine.yaml").touch()
    found = [job[0] for job in combinations(["exp=glob(rmp_*,exclude=*vanilla*)"], str(tmp_path))]
    names = [name for name in options("exp") if name.startswith("rmp_") and "vanilla" not in name]
    assert found == [f"exp={name}" for name in sorted([*names, "rmp_mine"])]


@pytest.mark.parametrize(
    "override", ["optimizer.lr=interval(0,1)", "exp=glob(nothing*)", "T=glob(*)", "seed=range(3,3)"]
)
def test_what_stands_for_no_values_is_refused(override: str):
    with pytest.raises(UserError, match=f"^{re.escape(override)}: no values; write "):
        combinations([override])
