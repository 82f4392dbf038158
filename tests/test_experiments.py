"""The yamls of experiments hold what differs from what they build on, and nothing else."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from snnexp.config.composition import by_hydra
from snnexp.config.hints import leaves
from snnexp.config.overrides import rewrite
from snnexp.config.places import config_folder

EXPERIMENTS = sorted((config_folder() / "exp").glob("*.yaml"))


def values(folder: Path, content: dict[str, Any]) -> dict[str, Any]:
    """The composed values of an experiment of this content."""
    path = folder / "exp" / "probe.yaml"
    path.parent.mkdir(exist_ok=True)
    path.write_text(f"# @package _global_\n{yaml.safe_dump(content)}")
    return dict(leaves(by_hydra([rewrite("exp=probe")], folder)[0]))


@pytest.mark.slow
@pytest.mark.parametrize("path", EXPERIMENTS, ids=lambda path: path.stem)
def test_no_key_and_no_choice_is_without_effect(path: Path, tmp_path: Path):
    content = yaml.safe_load(path.read_text()) or {}
    defaults = content.pop("defaults", [])
    whole, choices = values(tmp_path, {"defaults": defaults, **content}), values(tmp_path, {"defaults": defaults})
    assert [key for key, _ in leaves(content) if choices.get(key) == whole[key]] == []
    parents = values(tmp_path, {"defaults": [each for each in defaults if isinstance(each, str)]})
    groups = [key.removeprefix("override /") for each in defaults if isinstance(each, dict) for key in each]
    assert [group for group in groups if below(choices, group) == below(parents, group)] == []


def below(found: dict[str, Any], group: str) -> dict[str, Any]:
    """The values of one group."""
    return {key: value for key, value in found.items() if key.partition(".")[0] == group}
