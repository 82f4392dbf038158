"""Damaged recordings end in one clear line with the file's name, wherever they are cut and however scrambled."""

import random
from pathlib import Path

import pytest
from recordings import READERS

from snnexp.datasets.base import BrokenData

FORMATS = [name for name in READERS if name not in ("labels", "rows of text")]  # a text cut behind a row is a text


def refuses(name: str, path: Path) -> None:
    with pytest.raises(BrokenData, match=str(path)) as caught:
        READERS[name][0](path)
    assert len(str(caught.value).splitlines()) == 1


@pytest.mark.parametrize("name", FORMATS)
def test_a_cut_or_scrambled_file_never_passes(name: str, tmp_path: Path, figure):
    data = READERS[name][1]
    path = tmp_path / "file"
    if name.startswith("aedat4"):
        pytest.importorskip("aedat")
    for share in range(10):
        place = len(data) * share // 10
        place -= name == "bin40" and place > 0 and place % 5 == 0  # behind an event a file of nothing else is whole
        place -= name.startswith("aedat2") and (len(data) - place) % 8 == 0
        path.write_bytes(data[:place])
        refuses(name, path)
    for seed in range(20):
        scrambled = bytearray(data)
        random.Random(seed).shuffle(scrambled)
        path.write_bytes(scrambled)
        refuses(name, path)
        path.write_bytes(data[: len(data) // 2] + bytes(scrambled[len(data) // 2 :]))
        refuses(name, path)
    text = "cut at 10 places within an event, 20 times scrambled whole and 20 times by half: each refused in one line"
    figure(f"damaged data: {name}", text)
