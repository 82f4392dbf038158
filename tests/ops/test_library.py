"""The cache of compiled code: what is damaged is compiled again, and what others may have put there never runs."""

import logging
import os
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import torch

from snnexp.files.private import private
from snnexp.ops.base import library
from snnexp.ops.base.library import NeuronCode

NEURON = NeuronCode(torch.float32, "1.0f", None, False, False, False, False, False, False)
PLANTED = '#include <cstdio>\n__attribute__((constructor)) static void run() { fclose(fopen("ran", "w")); }'


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The folder of the compiled code, with nothing in it, and a temporary folder of the test's own."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    (tmp_path / "tmp").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "tmp"))
    library.library.cache_clear()
    yield tmp_path / "snnexp" / "kernels"
    library.library.cache_clear()


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The library of a neuron, compiled once for all tests."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("made")))
        library.library.cache_clear()
        if library.library(NEURON) is None:
            pytest.skip("no C++ compiler")
        (path,) = library.cache_folder().iterdir()
    return path


def place(made: Path, folder: Path, data: bytes | None = None) -> Path:
    """A library in a cache, its content replaced."""
    private(folder)
    path = folder / made.name
    path.write_bytes(made.read_bytes() if data is None else data)
    return path


DAMAGES: dict[str, Callable[[bytes], bytes]] = {
    "truncated": lambda data: data[: len(data) // 2],  # mapping it ends the process at the first access behind its end
    "empty": lambda data: b"",
    "another's": lambda data: b"\x7fELF" + data[4:9000],
    "a flipped bit": lambda data: data[:5000] + bytes([data[5000] ^ 1]) + data[5001:],
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_library_is_told_and_compiled_again(damage: str, made: Path, cache: Path, caplog):
    path = place(made, cache, DAMAGES[damage](made.read_bytes()))
    with caplog.at_level(logging.WARNING):
        assert library.library(NEURON) is not None
    assert [record.getMessage() for record in caplog.records] == [f"{path} is damaged and is compiled again"]
    (whole,) = cache.iterdir()
    assert whole.name == library.named(whole.name.split("-")[1], whole.read_bytes())


def test_what_is_whole_is_not_compiled_again(made: Path, cache: Path, caplog):
    place(made, cache)
    with caplog.at_level(logging.INFO):
        assert library.library(NEURON) is not None
    assert not caplog.records


class Two(NamedTuple):
    """Code in two files."""

    source: Path
    title: str = "two files"

    def macros(self) -> dict[str, Any]:
        return {}


def test_code_whose_header_changed_is_compiled_again(cache: Path, tmp_path: Path):
    if not library.compiler():
        pytest.skip("no C++ compiler")
    source, header = tmp_path / "code.cpp", tmp_path / "number.h"
    source.write_text('#include "number.h"\nextern "C" int number() { return NUMBER; }\n')
    for number in (1, 2):
        header.write_text(f"#define NUMBER {number}\n")
        library.library.cache_clear()
        found = library.library(Two(source))
        assert found is not None and found.number() == number


def test_a_link_or_a_fifo_is_no_library(made: Path, cache: Path):
    for plant in (lambda path: path.symlink_to(made), os.mkfifo):
        path = private(cache) / made.name
        plant(path)
        library.library.cache_clear()
        assert library.library(NEURON) is not None and not path.is_symlink() and path.is_file()
        path.unlink()


@pytest.fixture
def planted(made: Path, cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The folder with a library that is whole, as far as can be told, and touches a file when it is loaded."""
    monkeypatch.chdir(tmp_path)
    Path("planted.cpp").write_text(PLANTED)
    subprocess.run([*library.compiler(), "-shared", "-fPIC", "planted.cpp", "-o", "planted.so"], check=True)
    data = Path("planted.so").read_bytes()
    for name in (library.named(made.name.split("-")[1], data), f"../lif-{made.name.split('-')[1]}.so"):
        (private(cache) / name).write_bytes(data)
    yield cache
    assert not Path("ran").exists()


@pytest.mark.parametrize("mode", [0o777, 0o770, 0o1777])
def test_a_folder_that_others_can_write_is_not_used(mode: int, planted: Path, caplog, figure):
    cache = planted
    cache.chmod(mode)
    assert library.cache_folder() == Path(tempfile.gettempdir()) / f"snnexp-{os.getuid()}"
    assert f"{cache} is not used: others can write it" in caplog.text
    library.cache_folder().chmod(mode)
    assert library.library(NEURON) is None
    assert "no compiled operators" in caplog.text
    text = "in a folder of mode 777, 770 or 1777, of another user's, or behind a link: never loaded, told in one line"
    figure("untrusted files: planted libraries", text)


def test_a_folder_of_another_users_is_not_used(planted: Path, monkeypatch):
    monkeypatch.setattr(os, "getuid", lambda: planted.stat().st_uid + 1)
    assert library.library(NEURON) is None


def test_a_link_is_no_folder_for_code(planted: Path):
    theirs = planted.rename(planted.parent / "theirs")
    planted.symlink_to(theirs)
    assert library.cache_folder() != planted and library.library(NEURON) is not None


def script(path: Path, *lines: str) -> Path:
    """A program of the test's own."""
    path.write_text("\n".join(["#!/bin/sh", *lines]) + "\n")
    path.chmod(0o755)
    return path


def test_a_compiler_command_of_several_words_is_honoured(cache: Path, tmp_path: Path, monkeypatch):
    wrapper = script(tmp_path / "ccache", f"echo used > {tmp_path}/log", 'exec "$@"')
    monkeypatch.setenv("CXX", f"{wrapper} {' '.join(library.compiler())} -DOPTION")
    assert library.library(NEURON) is not None and (tmp_path / "log").exists()
    assert library.describe() == f"compiled ({os.environ['CXX']})"


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        (["exit 1"], "cxx ended with status 1 and said nothing"),
        (["echo >&2", "exit 3"], "cxx ended with status 3 and said nothing"),
        (["echo cc1plus: no OpenMP >&2", "exit 1"], "cc1plus: no OpenMP"),
        (["kill -9 $$"], "cxx ended with status -9 and said nothing"),
        (["exit 0"], "No such file or directory"),  # as /bin/true
    ],
    ids=["false", "an empty line", "one line", "killed", "nothing made"],
)
def test_a_compiler_that_fails_is_told_in_one_line(
    lines: list[str], said: str, cache: Path, tmp_path: Path, monkeypatch, caplog
):
    monkeypatch.setenv("CXX", str(script(tmp_path / "cxx", *lines)))
    library.tell.cache_clear()
    assert library.describe() == "reference (PyTorch), no C++ compiler that works"
    assert library.library(NEURON) is None
    told = [record.getMessage() for record in caplog.records]
    assert said in told[0] and not any("\n" in line for line in told) and not list(cache.iterdir())


def test_a_user_without_a_home_has_a_cache_of_code(cache: Path, monkeypatch):
    def nobody(_: int) -> None:
        raise KeyError

    monkeypatch.delenv("HOME")
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setattr("pwd.getpwuid", nobody)
    assert library.cache_folder() == Path(tempfile.gettempdir()) / f"snnexp-{os.getuid()}"
