"""A part is one file, one yaml and one test that share a name; these tests find every part by its yaml."""

import fnmatch
import importlib
import inspect
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from omegaconf import OmegaConf

from snnexp.config.targets import EXTRA

ROOT = Path(__file__).parents[1]
YAMLS = sorted((ROOT / "configs").glob("*/*.yaml"))
NO_CLASS = {"exp", "table", "trainer"}  # overlays, tables of experiments, plain values
NOT_OURS = {"optimizer"}  # torch's classes, as some schedules are
RECIPES = {"augment"}  # one yaml chains several classes
PRESETS = [path for path in YAMLS if path.parent.name not in NO_CLASS and "\ndefaults:" in path.read_text()]


def label(path: Path) -> str:
    return f"{path.parent.name}/{path.stem}"


def plural(group: str) -> str:
    return group + ("es" if group.endswith("s") else "s")


def load(path: Path) -> dict:
    return OmegaConf.to_container(OmegaConf.load(path), resolve=False)


def of_groups(*excluded: set[str]) -> list[Path]:
    """The yamls of parts; a preset, which gives another yaml's keys other values, is none."""
    found = [path for path in YAMLS if path.parent.name not in set().union(*excluded) and path not in PRESETS]
    return [path for path in found if NOT_OURS not in excluded or not is_torch(load(path))]


def is_torch(node: dict) -> bool:
    return node["_target_"].startswith("torch.")


def nodes(node) -> Iterator[dict]:
    """Every mapping with a `_target_`, however deep."""
    if isinstance(node, dict):
        if "_target_" in node:
            yield node
        for value in node.values():
            yield from nodes(value)


def resolve(target: str) -> type:
    module, _, name = target.rpartition(".")
    return getattr(importlib.import_module(module), name)


def components() -> list:
    """Group and node of every `_target_`."""
    found = [(path, node) for path in of_groups(NO_CLASS) for node in nodes(load(path))]
    return [pytest.param(path.parent.name, node, id=f"{label(path)}-{node['_target_']}") for path, node in found]


@pytest.mark.parametrize("path", YAMLS, ids=label)
def test_says_in_its_first_line_what_it_is(path: Path):
    lines = [line for line in path.read_text().splitlines() if not line.startswith("# @package")]
    assert lines[0].startswith("# ") and len(lines[0]) > 12


@pytest.mark.parametrize("path", of_groups(NO_CLASS, NOT_OURS, RECIPES), ids=label)
def test_yaml_module_class_and_test_share_one_name(path: Path):
    folder, name = plural(path.parent.name), path.stem
    camel = "".join(word.capitalize() for word in name.split("_"))
    assert load(path)["_target_"] == f"snnexp.{folder}.{name}.{camel}"
    assert (ROOT / "tests" / folder / f"test_{name}.py").exists()


@pytest.mark.parametrize("path", PRESETS, ids=label)
def test_a_preset_gives_keys_of_one_part_other_values(path: Path):
    preset = load(path)
    (part,) = preset.pop("defaults")
    node = load(path.with_name(f"{part}.yaml"))
    assert preset.keys() - {"by_role"} < node.keys() - {"_target_"}
    assert all(node.get(key) != value for key, value in preset.items())


@pytest.mark.parametrize(("group", "node"), components())
def test_keys_are_the_constructors(group: str, node: dict):
    keys = node.keys() - {"_target_"} - set(EXTRA.get(group, {}))  # those keys are ours, not the constructor's
    parameters = inspect.signature(resolve(node["_target_"])).parameters.values()
    if is_torch(node):
        assert keys <= {p.name for p in parameters}
    elif not any(p.kind is p.VAR_KEYWORD for p in parameters):
        assert keys == {p.name for p in parameters if p.kind is p.KEYWORD_ONLY}


@pytest.mark.parametrize(("group", "node"), [each for each in components() if not is_torch(each.values[1])])
def test_defaults_in_python_are_those_in_the_yaml(group: str, node: dict):
    for name, parameter in inspect.signature(resolve(node["_target_"])).parameters.items():
        if name in node and parameter.default is not parameter.empty:
            default = parameter.default
            assert node[name] == (list(default) if isinstance(default, tuple) else default)


@pytest.mark.parametrize("group", sorted({path.parent.name for path in of_groups(NO_CLASS, NOT_OURS, RECIPES)}))
def test_every_part_has_a_yaml(group: str):
    folder = ROOT / "snnexp" / plural(group)
    shared = ("_kernel", "base", "layers", "__")
    parts = {path.stem for path in folder.glob("*.py") if not path.stem.endswith(shared)}
    assert parts == {path.stem for path in of_groups(NO_CLASS, NOT_OURS, RECIPES) if path.parent.name == group}


def test_readme_lists_every_family_of_experiments():
    cells = re.findall(r"^\| (`[^|]+) \|", (ROOT / "README.md").read_text(), re.MULTILINE)
    patterns = [pattern for cell in cells for pattern in re.findall(r"`(.+?)`", cell)]
    experiments = {path.stem for path in YAMLS if path.parent.name == "exp"}
    listed = {pattern: set(fnmatch.filter(experiments, pattern)) for pattern in patterns}
    assert set().union(*listed.values()) == experiments and all(listed.values())


@pytest.mark.parametrize("path", sorted((ROOT / "configs" / "hydra").glob("*/*.yaml")), ids=label)
def test_what_starts_jobs_has_a_file_of_its_name(path: Path):
    camel = "".join(map(str.capitalize, path.stem.split("_")))
    target = f"snnexp.sweeps.{plural(path.parent.name)}.{path.stem}.{camel}{path.parent.name.capitalize()}"
    assert load(path)["_target_"] == target and resolve(target)
