import json
import os
from pathlib import Path

import pytest

from snnexp.errors import UserError
from snnexp.status import find, mark, read_status


def test_status(tmp_path: Path):
    assert read_status(tmp_path) == ""
    mark(tmp_path, "running")
    assert read_status(tmp_path) == "running"
    content = json.loads((tmp_path / "status.json").read_text())
    assert content.keys() == {"status", "process", "host", "time"} and content["process"] == os.getpid()
    (tmp_path / "status.json").write_text("{")
    assert read_status(tmp_path) == ""


def test_a_process_that_is_gone_has_stopped_unless_it_ran_elsewhere(tmp_path: Path):
    mark(tmp_path, "running")
    path = tmp_path / "status.json"
    content = json.loads(path.read_text()) | {"process": 2**30}
    path.write_text(json.dumps(content))
    assert read_status(tmp_path) == "stopped"
    path.write_text(json.dumps(content | {"host": "elsewhere"}))
    assert read_status(tmp_path) == "running"


def test_finds_a_run_by_its_path_or_the_beginning_of_its_name(tmp_path: Path):
    for name in ("0123-s1", "0123-s2", "4567-s1"):
        (tmp_path / "exp" / name).mkdir(parents=True)
        (tmp_path / "exp" / name / "config.yaml").touch()
    folder = tmp_path / "exp/4567-s1"
    assert find(str(folder)) == find("45", str(tmp_path)) == folder
    assert find("0123-s2", str(tmp_path)) == tmp_path / "exp/0123-s2"
    with pytest.raises(UserError, match=r"0123: several runs: .*0123-s1, .*0123-s2; `snnexp ls runs`"):
        find("0123", str(tmp_path))
    with pytest.raises(UserError, match=f"89: no run there, nor in {tmp_path}; `snnexp ls runs`"):
        find("89", str(tmp_path))
