import json
import subprocess
from pathlib import Path

import pytest
import torch

import snnexp
from snnexp.runs import versions


def test_environment_names_what_may_change_the_numbers():
    found = versions.environment()
    assert found.keys() == {"snnexp", "commit", "torch", "triton", "python", "device", "float32_products", "threads"}
    assert found["torch"] == torch.__version__ and found["threads"] == torch.get_num_threads()
    assert json.loads(json.dumps(found)) == found


def test_a_commit_is_dirty_where_more_than_results_differ(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    source, row, page = tmp_path / "snnexp" / "__init__.py", tmp_path / "results" / "row", tmp_path / "docs" / "page"
    for path in (source, row, page):
        path.parent.mkdir()
        path.write_text("first")
    monkeypatch.setattr(snnexp, "__file__", str(source))
    assert versions.commit() is None  # no checkout
    author = ["-c", "user.name=n", "-c", "user.email=e@example.org"]
    for words in (["init", "-q"], ["add", "."], [*author, "commit", "-q", "-m", "all"]):
        subprocess.run(["git", "-C", str(tmp_path), *words], check=True)
    head = versions.commit()
    assert head is not None and len(head) == 40
    row.write_text("second")
    page.write_text("second")
    assert versions.commit() == head
    source.write_text("second")
    assert versions.commit() == f"{head}-dirty"


def test_peak_memory_of_this_process_is_plausible():
    assert 2**26 < versions.peak_memory(torch.device("cpu")) < 2**40
