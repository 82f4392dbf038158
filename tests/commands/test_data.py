from pathlib import Path

import pytest
from PIL import Image

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


def test_shows_samples_and_counts_of_a_set_of_ones_own(tmp_path: Path, capsys: pytest.CaptureFixture):
    for split, count in (("train", 3), ("test", 2)):
        for name, colour in (("dark", 10), ("light", 240)):
            (tmp_path / split / name).mkdir(parents=True)
            for i in range(count):
                Image.new("RGB", (8, 8), (colour, 0, 0)).save(tmp_path / split / name / f"{i}.png")
    words = ["show", "image_folder", "--root", str(tmp_path), "--out", str(tmp_path / "own.png")]
    assert main([*words, "dataset.size=8", "dataset.resize=8"]) == 0
    assert capsys.readouterr().out == f"{tmp_path / 'own.png'}\n"
    assert (tmp_path / "own.png").read_bytes().startswith(b"\x89PNG")


def test_shows_frames_of_events(tmp_path: Path):
    assert main(["show", "digits_dvs", "--out", str(tmp_path / "digits.png"), "T=2"]) == 0
    assert (tmp_path / "digits.png").stat().st_size > 5000


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ([], "data: write `snnexp data fetch|verify|status|show NAME`"),
        (["shwo", "digits"], "data shwo digits: write"),
        (["show"], "data show: name a data set: cifar10"),
        (["show", "digits", "--out", "nowhere/x.png"], "--out nowhere/x.png: no such folder"),
        (["verify", "digits", "T=2"], "data verify: --out and KEY=VALUE go with `snnexp data show`"),
    ],
)
def test_refuses_other_words(words: list[str], told: str):
    with pytest.raises(UserError) as error:
        main(words)
    assert str(error.value).startswith(told)
