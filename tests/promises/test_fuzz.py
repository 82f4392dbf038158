"""Whatever a reader of recordings or the config's validation is given, only the project's own errors come out."""

import copy
import random
import sys
from collections.abc import Callable, Hashable
from pathlib import Path

import pytest
from recordings import READERS

import snnexp
from snnexp.config.compose import compose
from snnexp.config.schema import validate
from snnexp.errors import UserError

PACKAGE = str(Path(snnexp.__file__).parent)
FRAGMENTS = [
    b"",
    b"\0",
    b"\n",
    b"#",
    b"#!",
    b"\xff" * 4,
    b"\x7f\xff\xff\xff",
    b"\x80\0\0\0",
    b" ",
    b",",
    b"-1",
    b"1e400",
    b"nan",
]


class Coverage:
    """The lines of the package that calls reach, each with the one before it."""

    def __init__(self) -> None:
        self.seen: set[Hashable] = set()

    def news(self, call: Callable[[], object]) -> bool:
        """Whether a call reaches what none before it did; it may end in a `UserError` of one line."""
        found: set[Hashable] = set()

        def line(frame, event, _):
            if event == "line":
                found.add((frame.f_code, frame.f_lineno))
            return line

        def enter(frame, event, _):
            return line if frame.f_code.co_filename.startswith(PACKAGE) else None

        before = sys.gettrace()
        sys.settrace(enter)
        try:
            call()
        except UserError as error:
            assert len(str(error).splitlines()) == 1
        finally:
            sys.settrace(before)
        news = not found <= self.seen
        self.seen |= found
        return news


def mutated(data: bytes, draw: random.Random) -> bytes:
    """Bytes changed at a few places: flipped, cut out, put in, doubled."""
    made = bytearray(data)
    for _ in range(draw.choice([1, 1, 1, 2, 5])):
        place = draw.randrange(len(made) + 1)
        match draw.randrange(5):
            case 0 if place < len(made):
                made[place] ^= 1 << draw.randrange(8)
            case 1:
                del made[place : place + draw.choice([1, 2, 8, len(made)])]
            case 2:
                made[place:place] = draw.choice(FRAGMENTS)
            case 3:
                made[place:place] = made[place : place + draw.choice([1, 8, 36])]
            case _:
                made[place : place + 4] = draw.randbytes(4)
    return bytes(made)


@pytest.mark.count(300, 10_000)
@pytest.mark.parametrize("name", READERS)
def test_a_reader_knows_only_its_own_errors(name: str, count: int, tmp_path: Path, figure):
    read, whole = READERS[name]
    if name.startswith("aedat4"):
        pytest.importorskip("aedat")
    path, draw, coverage = tmp_path / "file", random.Random(name), Coverage()
    kept = [whole]
    for number in range(count):
        data = mutated(draw.choice(kept), draw) if number else whole
        path.write_bytes(data)
        if coverage.news(lambda: read(path)):
            kept.append(data)
    text = f"{count} inputs, {len(kept)} of which reached new lines: no error but the project's own"
    figure(f"fuzzed parsers: {name}", text)


VALUES = [None, True, 0, -1, 3, 2**70, 0.5, -0.0, float("nan"), float("inf"), 1e300, "", "x", "\0", "a\nb", "snnexp."]
VALUES += [[], [1], {}, {"_target_": "os.system"}, {"_target_": "snnexp.losses.mse_rate.MseRate"}, {"_target_": 3}]
VALUES += [{1: 2}, b"1", object()]
WIDE = ["augment=autoaugment_cutout", "optimizer=adam", "regularizer=[rmp,mpr]", "neuron=plif"]


def changed(config: dict, draw: random.Random) -> dict:
    """A config with a few values, keys or whole groups replaced, put in or left out."""
    made = copy.deepcopy(config)
    for _ in range(draw.choice([1, 1, 2, 4])):
        node = made
        while (inner := [each for each in node.values() if isinstance(each, dict) and each]) and draw.random() < 0.7:
            node = draw.choice(inner)
        key = draw.choice([*node, "_target_", "x", "", "x" if node is made else 7]) if node else "x"
        if draw.random() < 0.2:
            node.pop(key, None)
        else:
            node[key] = copy.deepcopy(draw.choice([*VALUES, *node.values(), made.get(draw.choice([*made, "x"]))]))
    return made


@pytest.mark.count(300, 10_000)
def test_validation_knows_only_its_own_errors(count: int, figure):
    draw, coverage = random.Random(1), Coverage()
    kept = [compose([]).config, compose(WIDE).config]
    for _ in range(count):
        config = changed(draw.choice(kept), draw)
        if coverage.news(lambda config=config: validate(config)):
            kept.append(config)
    text = f"{count} inputs, {len(kept) - 2} of which reached new lines: no error but the project's own"
    figure("fuzzed parsers: configs", text)
