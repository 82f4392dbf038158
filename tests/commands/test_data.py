from pathlib import Path

import pytest

from snnexp.commands.data import NAMES, main
from snnexp.datasets.base import inventory
from snnexp.errors import UserError

CONFIGS = Path(__file__).parents[2] / "configs" / "dataset"


def test_knows_the_data_sets_that_have_a_yaml():
    assert sorted(path.stem for path in CONFIGS.glob("*.yaml")) == NAMES


def test_status_of_all_lists_each_with_its_place(tmp_path: Path, capsys: pytest.CaptureFixture):
    assert main(["status", "--root", str(tmp_path)]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert [line.partition(":")[0] for line in lines] == NAMES
    assert "digits: embedded" in lines and any(f"not found in {tmp_path}/cifar-100-python" in line for line in lines)


def test_status_of_one(capsys: pytest.CaptureFixture):
    assert main(["status", "digits"]) == 0
    assert capsys.readouterr().out == "digits: embedded\n"


@pytest.mark.parametrize("name", ["cifar10", "nmnist"])
def test_verify_reads_the_real_set(data_root: Path, name: str, capsys: pytest.CaptureFixture):
    assert main(["verify", name, "--root", str(data_root)]) == 0
    assert f", whole, found in {data_root}" in capsys.readouterr().out


def test_verify_of_a_missing_set_names_the_remedy(tmp_path: Path):
    with pytest.raises(UserError, match=f"snnexp data fetch cifar10 --root {tmp_path}"):
        main(["verify", "cifar10", "--root", str(tmp_path)])


def test_fetching_without_a_folder_names_the_way_to_give_one(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("SNNEXP_DATA", raising=False)
    with pytest.raises(UserError, match="set SNNEXP_DATA=DIR"):
        main(["fetch", "cifar10"])


def test_a_failed_transfer_ends_with_one_line_and_status_1(monkeypatch, capsys: pytest.CaptureFixture):
    def broken(dataset):
        raise ConnectionError("http://x: broke off; the same command resumes")

    monkeypatch.setattr(inventory, "fetch", broken)
    assert main(["fetch", "digits"]) == 1
    assert capsys.readouterr().err == "snnexp data: http://x: broke off; the same command resumes\n"


@pytest.mark.parametrize(
    ("argv", "message"),
    [
        (["fetch", "cifra10"], "did you mean cifar10"),
        (["fetch", "squares"], "choose one of cifar10, "),
        (["fetch"], "data fetch: name a data set: cifar10, "),
    ],
    ids=["near", "far", "none"],
)
def test_a_wrong_name_is_told_with_the_right_ones(argv: list[str], message: str):
    with pytest.raises(UserError, match=message):
        main(argv)
