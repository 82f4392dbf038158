from collections.abc import Mapping, Sequence
from typing import Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from snnexp.config.values import coerce, describe
from snnexp.errors import UserError

plain = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)
ANNOTATIONS = {
    int: lambda v: type(v) is int,
    float: lambda v: type(v) is float,
    bool: lambda v: type(v) is bool,
    str: lambda v: type(v) is str,
    float | None: lambda v: v is None or type(v) is float,
    Literal["hard", "soft"]: lambda v: v in ("hard", "soft"),
    tuple[float, float]: lambda v: type(v) is tuple and [type(each) for each in v] == [float, float],
    dict[str, float]: lambda v: type(v) is dict and all(type(each) is float for each in v.values()),
    list[int]: lambda v: type(v) is list and all(type(each) is int for each in v),
}


@pytest.mark.parametrize(("annotation", "holds"), ANNOTATIONS.items(), ids=map(str, ANNOTATIONS))
@given(value=plain)
def test_what_is_accepted_has_the_declared_type(annotation, holds, value):
    try:
        assert holds(coerce("neuron.key", value, annotation))
    except UserError as error:
        assert str(error).startswith("neuron.key=") and "must be" in str(error) and len(str(error).splitlines()) == 1


@pytest.mark.parametrize(
    ("value", "annotation", "expected"),
    [
        (1, float, 1.0),
        ([1, 2], tuple[float, ...], (1.0, 2.0)),
        ([1, 2], list[float] | tuple[float, ...], [1.0, 2.0]),
        ([3], Sequence[int], [3]),
        ({"a": 1}, Mapping[str, float], {"a": 1.0}),
        ({7: "x"}, dict, {"7": "x"}),
        (None, int | None, None),
        (3, Literal[3, 4], 3),
        ("x", Any, "x"),
    ],
    ids=str,
)
def test_accepts(value, annotation, expected):
    made = coerce("key", value, annotation)
    assert made == expected and type(made) is type(expected)


@pytest.mark.parametrize(
    ("value", "annotation"),
    [
        (True, int),
        (1, bool),
        (True, float),
        (3.0, int),
        ("3", int),
        (10**400, float),
        ([1.0], tuple[float, float]),
        (True, Literal[1]),
        (float("nan"), float),
        ([1.0, float("inf")], list[float]),
        ({"a": float("inf")}, Any),
    ],
    ids=str,
)
def test_refuses(value, annotation):
    with pytest.raises(UserError, match=r"^key="):
        coerce("key", value, annotation)


def test_names_the_nearest_choice():
    with pytest.raises(UserError, match=r"^neuron.reset=sfot: must be hard or soft; did you mean soft\?$"):
        coerce("neuron.reset", "sfot", Literal["hard", "soft"])


@pytest.mark.parametrize(
    ("annotation", "words"),
    [
        (float | None, "a number or null"),
        (Literal["a", "b"] | None, "a, b or null"),
        (tuple[int, ...], "a list (each an integer)"),
        (list[float] | tuple[float, ...], "a list (each a number)"),
        (object, "a part with a _target_"),
    ],
    ids=str,
)
def test_describes_types_in_words(annotation, words):
    assert describe(annotation) == words
