import re
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from snnexp.config.overrides import Span, combinations, overridden, search_space, value_of
from snnexp.config.places import options
from snnexp.errors import UserError


def test_a_sweep_is_every_combination_the_last_key_fastest():
    assert combinations(["T=1,2", "loss=mse_rate", "seed=range(1,3)"]) == [
        [f"T={T}", "loss=mse_rate", f"seed={seed}"] for T in (1, 2) for seed in (1, 2)
    ]
    assert combinations(["regularizer=[],[rmp,mpr]"]) == [["regularizer=[]"], ["regularizer=[rmp,mpr]"]]
    assert combinations([]) == [[]]


@pytest.mark.parametrize(
    ("typed", "values"),
    [
        ("range(0.1,0.4,0.1)", ["0.1", "0.2", "0.3"]),  # in binary fractions a fourth, and 0.30000000000000004
        ("range(0.4,0.1,-0.1)", ["0.4", "0.3", "0.2"]),
        ("sort(range(0.1,0.4,0.1),reverse=true)", ["0.3", "0.2", "0.1"]),
        ("sort(range(1,10,4),reverse=true)", ["9", "5", "1"]),  # Hydra's own gives 6, 2, -2
        ("tag(a,range(1e-3,4e-3,1e-3))", ["0.001", "0.002", "0.003"]),
        ("int(range(1,4))", ["1", "2", "3"]),
        ("range(0.5)", ["0.0"]),
    ],
)
def test_a_range_is_computed_in_decimals(typed: str, values: list[str]):
    assert combinations([f"x={typed}"]) == [[f"x={value}"] for value in values]


@pytest.mark.parametrize(
    "typed", ["range(1,3,0)", "range(0.1,0.3,0.0)", "range(0,inf)", "range(nan,1)", "range(0,1,inf)"]
)
def test_a_range_without_an_end_is_refused(typed: str):
    with pytest.raises(UserError, match=f"^{re.escape(f'x={typed}')}: .*must be finite"):
        combinations([f"x={typed}"])


@given(st.integers(-999, 999), st.integers(-999, 999), st.integers(-99, 99).filter(bool), st.integers(1, 6))
def test_a_range_of_decimals_is_that_of_integers_with_the_point_set(start: int, stop: int, step: int, digits: int):
    texts = [f"{Decimal(each).scaleb(-digits):f}" for each in (start, stop, step)]
    found = [float(each.partition("=")[2]) for (each,) in jobs(f"x=range({','.join(texts)})")]
    assert found == [float(f"{Decimal(each).scaleb(-digits):f}") for each in range(start, stop, step)]


def jobs(override: str) -> list[list[str]]:
    """The jobs of a sweep; none where it stands for no values."""
    try:
        return combinations([override])
    except UserError as error:
        assert "no values" in str(error)
        return []


@pytest.mark.parametrize("word", ["runs_dir=x", "+runs_dir=x", "++runs_dir=x", "++runs_dir='x'", "~runs_dir"])
def test_an_override_is_about_its_key_in_every_form(word: str):
    assert overridden(word) == "runs_dir" and overridden(f"T=1 {word}") == "T"
    assert word == "~runs_dir" or value_of(["runs_dir=y", word, "T=1"], "runs_dir", "runs") == "x"
    assert value_of(["T=1"], "runs_dir", "runs") == "runs"


def test_a_search_means_the_numbers_of_a_range():
    (span,) = search_space(["x=range(0.1,0.8,0.1)"])[1].values()
    assert [span.nearest(0.1 + 0.1 * index) for index in range(7)] == [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7]


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


def test_a_search_space_is_what_hydras_sweepers_take():
    words = ["T=2", "neuron=lif,plif", "lr=tag(log,interval(1e-4,1))", "width=int(interval(1,8))", "p=interval(0,1)"]
    fixed, space = search_space([*words, "regularizer=[],[rmp,mpr]", "+x=choice(a,b)", "n=range(9,2,-3)"])
    assert fixed == ["T=2"]
    assert space == {
        "neuron": ("lif", "plif"),
        "lr": Span(1e-4, 1.0, log=True),
        "width": Span(1, 8),
        "p": Span(0.0, 1.0),
        "regularizer": ("[]", "[rmp,mpr]"),
        "+x": ("a", "b"),
        "n": Span(3, 9, step=3),
    }


@given(st.integers(-50, 50), st.integers(1, 60), st.integers(1, 9))
def test_a_range_holds_the_numbers_of_a_sweep(start: int, length: int, step: int):
    for scale in (1, 0.1):
        text = ",".join(str(each * scale if scale == 1 else each / 10) for each in (start, start + length, step))
        ((_, span),) = search_space([f"x=range({text})"])[1].items()
        numbers = [float(job[0].partition("=")[2]) for job in combinations([f"x=range({text})"])]
        count = round((span.high - span.low) / span.step) + 1
        assert count == len(numbers) and span.low == numbers[0] and span.high == pytest.approx(numbers[-1], abs=1e-9)
        assert isinstance(span.low, int) == isinstance(span.high, int) == (scale == 1)


@given(
    st.floats(allow_nan=False, allow_infinity=False), st.floats(allow_nan=False, allow_infinity=False), st.booleans()
)
def test_an_interval_is_read_exactly_or_refused(low: float, high: float, log: bool):
    text = f"x=tag(log,interval({low},{high}))" if log else f"x=interval({low},{high})"
    if low < high and (low > 0 or not log):
        assert search_space([text])[1] == {"x": Span(low, high, log)}
    else:
        with pytest.raises(UserError, match="must rise"):
            search_space([text])
