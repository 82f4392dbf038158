import os
import socket
from pathlib import Path

import pytest
import yaml

from snnexp.errors import UserError
from snnexp.files.reading import opened, parse, read


def test_reads_a_file_up_to_its_limit(tmp_path: Path):
    (tmp_path / "below").mkdir()
    (tmp_path / "below/file").write_bytes(b"12345")
    assert read(tmp_path, "below/file", most=5) == b"12345"
    with pytest.raises(UserError, match="below/file: 5 bytes, above the limit of 4; remove it"):
        read(tmp_path, "below/file", most=4)
    with pytest.raises(FileNotFoundError):
        read(tmp_path, "none")


def test_what_is_no_file_is_told_without_waiting_for_it(tmp_path: Path):
    (tmp_path / "file").write_text("outside")
    (tmp_path / "link").symlink_to("file")
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "FIFO")
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(tmp_path / "socket"))
    for name in ("link", "folder", "FIFO", "socket"):
        for flags in (os.O_RDONLY, os.O_RDWR | os.O_CREAT):
            with pytest.raises(UserError, match=f"{name}: a {name} where a file belongs; remove it"):
                opened(tmp_path, name, flags)
    with pytest.raises(UserError, match="null: a device"):
        read(Path("/dev"), "null")


def test_no_folder_on_the_way_is_a_link(tmp_path: Path):
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside/file").touch()
    (tmp_path / "run").mkdir()
    (tmp_path / "run/figures").symlink_to(tmp_path / "outside")
    with pytest.raises(UserError, match="run/figures: a link where a folder belongs"):
        read(tmp_path / "run", "figures/file")
    for name in ("../outside/file", str(tmp_path / "outside/file")):
        with pytest.raises(UserError, match=f"{name} is outside"):
            read(tmp_path / "run", name)


@pytest.mark.parametrize("deep", [65, 900, 99_999])
def test_what_is_nested_too_deeply_is_refused(deep: int):
    assert parse("[" * 64 + "]" * 64) == parse(b"[" * 64 + b"]" * 64, yaml.safe_load)
    for load in (parse, lambda text: parse(text, yaml.safe_load)):
        with pytest.raises(ValueError, match="levels"):
            load("[" * min(deep, 5000 if load is not parse else deep) + "]" * deep)


def test_aliases_count_as_often_as_they_stand():
    few = "a: &a [1, 2]\nb: [*a, *a]\n"
    assert parse(few, yaml.safe_load)["b"] == [[1, 2], [1, 2]]
    many = "x0: &a0 [1]\n" + "".join(f"x{i}: &a{i} [{f'*a{i - 1}, ' * 9}]\n" for i in range(1, 12))
    with pytest.raises(ValueError, match="1000000 values"):
        parse(many, yaml.safe_load)
    with pytest.raises(ValueError, match="levels"):
        parse("a: &a\n  b: *a\n", yaml.safe_load)
