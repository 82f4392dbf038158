import json
from pathlib import Path

import pytest

pytest.importorskip("wandb")
from wandb_files import exit_code, history, run_of, summary

from snnexp.errors import UserError
from snnexp.loggers import base
from snnexp.loggers.base import Shown
from snnexp.loggers.wandb import Wandb

ROWS = [{"epoch": epoch, "train_loss": 0.1 * epoch, "test": {"accuracy": 1 / 3}, "note": "x"} for epoch in range(3)]


def files(folder: Path) -> list[Path]:
    return sorted(folder.glob("wandb/offline-run-*/*.wandb"), key=lambda path: path.stat().st_mtime_ns)


def test_a_run_goes_on_in_the_same_run_of_w_and_b(tmp_path: Path):
    folder = tmp_path / "0123456789-s1"
    folder.mkdir()
    shown = Shown(folder, "digits", {"T": 2, "trainer": {"epochs": 3}})
    for before, status, figures in ((0, "preempted", {}), (2, "done", {"test_accuracy": 0.75})):
        logger = Wandb(project="project", entity=None, mode="offline")
        logger.begin(shown, ROWS[:before])
        logger.log(ROWS[before])
        logger.end(status, figures)
    first, last = files(folder)
    told = [{"_step": row["epoch"], "train_loss": row["train_loss"], "test/accuracy": 1 / 3} for row in ROWS]
    assert history(first) == told[:1] and history(last) == told
    a, b = run_of(first), run_of(last)
    assert a.run_id == b.run_id == shown.recall("wandb") and (a.project, a.display_name) == ("project", folder.name)
    config = {each.key: json.loads(each.value_json) for each in a.config.update}
    assert (config["T"], config["trainer"]) == (2, {"epochs": 3})
    assert (exit_code(first), exit_code(last)) == (1, 0) and summary(last)["result/test_accuracy"] == 0.75


def test_a_later_run_of_a_process_hears_the_environment_and_the_folder_of_then(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    for place, mode in ((tmp_path / "before", "offline"), (Path("after"), None)):
        place.mkdir()
        logger = Wandb(project="project", entity=None, mode=mode)
        logger.begin(Shown(place, "digits", {}), [])
        logger.end("done", {})
        monkeypatch.setenv("WANDB_MODE", "offline")
        monkeypatch.chdir(tmp_path)
    assert files(tmp_path / "after")


def test_refuses_a_link_that_leads_out_of_the_run(tmp_path: Path):
    (tmp_path / "wandb").symlink_to(tmp_path.parent)
    with pytest.raises(UserError, match="wandb: a link, through which nothing is written"):
        Wandb(project="p", entity=None, mode="offline").begin(Shown(tmp_path, "digits", {}), [])


def test_a_missing_package_is_told_with_its_extra(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(base, "find_spec", lambda name: None)
    with pytest.raises(UserError, match=r"^logger=\[wandb\]: wandb is not installed; .*wandb"):
        Wandb(project="p", entity=None, mode=None)
