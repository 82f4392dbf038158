from pathlib import Path

import pytest

from snnexp.datasets.base import BrokenData
from snnexp.datasets.nmnist import Nmnist
from snnexp.errors import UserError


def lay(path: Path) -> Path:
    for part in ("Train", "Test"):
        (path / part).mkdir(parents=True)
    return path


@pytest.mark.parametrize("layout", ["N-MNIST", "NMNIST"])
def test_finds_the_set_below_the_environments_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, layout: str):
    monkeypatch.setenv("SNNEXP_DATA", str(tmp_path))
    folder = lay(tmp_path / layout)
    Nmnist().check()
    assert Nmnist().folder() == folder


def test_the_root_in_the_config_goes_before_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("SNNEXP_DATA", str(tmp_path / "elsewhere"))
    lay(tmp_path / "here" / "N-MNIST")
    Nmnist(root=str(tmp_path / "here")).check()


def test_no_folder_given_names_both_ways_to_give_one(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("SNNEXP_DATA", raising=False)
    with pytest.raises(UserError, match=r"SNNEXP_DATA=DIR or dataset\.root=DIR"):
        Nmnist().check()


def test_a_missing_set_names_the_paths_and_the_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("SNNEXP_DATA", str(tmp_path))
    with pytest.raises(BrokenData) as error:
        Nmnist().check()
    text = str(error.value)
    assert f"{tmp_path}/N-MNIST or {tmp_path}/NMNIST" in text and text.endswith("run `snnexp data fetch nmnist`")
    assert "\n" not in text


def test_the_command_names_the_root_that_was_given(tmp_path: Path):
    with pytest.raises(BrokenData, match=rf"fetch nmnist --root {tmp_path}`"):
        Nmnist(root=str(tmp_path)).check()


def test_a_half_set_names_what_it_lacks(tmp_path: Path):
    (tmp_path / "N-MNIST" / "Train").mkdir(parents=True)
    with pytest.raises(BrokenData, match=r"N-MNIST \(lacks Test\)"):
        Nmnist(root=str(tmp_path)).check()
