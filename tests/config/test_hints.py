import pytest

from snnexp.config.hints import MOVED, keys_of, nearest, show, unknown_key

KEYS = ["T", "optimizer", "optimizer.lr", "optimizer.momentum", "neuron.decay", "neuron.decay_input", "trainer.epochs"]


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("neuron.deacy", ["neuron.decay"]),
        ("lr", ["optimizer.lr"]),
        ("decay", ["neuron.decay"]),
        ("trainr.epochs", ["trainer.epochs"]),
        ("optimzer", ["optimizer"]),
        ("xyzzy", []),
    ],
)
def test_nearest(word: str, expected: list[str]):
    assert nearest(word, KEYS) == expected


def test_an_unknown_key_is_told_with_the_keys_beside_it_where_none_is_near():
    assert str(unknown_key("optimizer.xyzzy", 3, KEYS)) == (
        "optimizer.xyzzy=3: no such key; the keys there are optimizer.lr, optimizer.momentum"
    )


@pytest.mark.parametrize(
    ("value", "text"),
    [("a", "a"), (None, "null"), (True, "true"), (1e-4, "0.0001"), ("a\nb", "'a\\nb'"), ("x" * 99, "x" * 57 + "...")],
    ids=["text", "null", "true", "number", "two lines", "long"],
)
def test_shows_values_in_one_line(value, text):
    assert show(value) == text


def test_keys_of_a_config():
    assert list(keys_of({"T": 1, "loss": {"_target_": "x", "a": {"b": 2}}})) == ["T", "loss", "loss.a", "loss.a.b"]


@pytest.mark.parametrize(("old", "new"), MOVED.items())
def test_a_key_that_has_moved_is_told_with_its_new_place(old: str, new: str):
    assert str(unknown_key(old, "x", KEYS)).startswith(f"{old}=x: has moved, write {new}=x; a run stored under")
