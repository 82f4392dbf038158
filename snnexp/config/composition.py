"""What Hydra composes of overrides: once for each choice of groups, into which plain values are then put without it."""

import pickle
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import hydra
from hydra.core.config_store import ConfigStore
from hydra.core.override_parser.types import Override, OverrideType
from hydra.core.plugins import Plugins
from omegaconf import OmegaConf

from snnexp.config.overrides import parse
from snnexp.config.places import config_folder

VERSION = "1.3"  # of Hydra's behaviour
REFERENCE = re.compile(r"\$\{(\w+(?:\.\w+)*)\}")  # an interpolation that stands for another key's value
Loaded = tuple[dict[str, Any], dict[str, str]]  # a plain resolved config, and the choice in each group


class NotPlainError(Exception):
    """More is to do than to put plain values in the place of others: that is left to Hydra."""


@dataclass(frozen=True)
class Composition:
    """A choice of groups as Hydra composes it: the config, and what its keys refer to in place of a value."""

    config: bytes  # pickled, since it is read for each job
    choices: dict[str, str]
    references: Mapping[str, str] | None  # None: more than references is to be resolved

    def fill(self, values: Mapping[str, Any]) -> Loaded:
        """Return the config with other values.

        Raises:
            NotPlainError: a key has no plain value.
        """
        if self.references is None:
            raise NotPlainError
        config = pickle.loads(self.config)
        for key, value in values.items():
            group, name = find(config, key)
            group[name] = value
        for key in self.references.keys() - values.keys():
            (group, name), (other, target) = find(config, key), find(config, self.references[key])
            group[name] = other[target]
        return config, self.choices


class Composer:
    """Composes configs with one user's folder, whose yamls are read once for each choice of groups."""

    def __init__(self, folder: Path | None) -> None:
        self.folders = [each for each in (config_folder(), folder) if each is not None]
        self.folder = folder
        self.made: dict[tuple[str, ...], Composition] = {}
        self.groups: dict[str, bool] = {}

    def load(self, overrides: list[str]) -> Loaded:
        """Return the plain resolved config of overrides, and the choice in each group.

        Raises:
            Exception: one of `config.REFUSALS`.
        """
        choosing, others = [], []
        for each in parse(overrides):
            (choosing if self.is_group(each.key_or_group) else others).append(each)
        try:
            choices = tuple(str(each.input_line) for each in choosing)
            values = {each.key_or_group: plain(each) for each in others}
            if choices not in self.made:
                self.made[choices] = composition(choices, self.folder)
            return self.made[choices].fill(values)
        except NotPlainError:
            return by_hydra(overrides, self.folder)

    def is_group(self, key: str) -> bool:
        """Return whether an override of a key chooses in a group."""
        if key not in self.groups:
            self.groups[key] = any((folder / key).is_dir() for folder in self.folders)
        return self.groups[key]


def composer(folder: Path | None) -> Composer:
    """Return a composer; without a user's folder the one that was there before, unless a yaml has changed since."""
    if folder is not None:
        return Composer(folder)
    found = sorted((path, path.stat()) for path in config_folder().rglob("*.yaml"))
    return ours(tuple((path, stat.st_mtime_ns, stat.st_size) for path, stat in found))


@lru_cache(maxsize=1)
def ours(yamls: tuple[tuple[Path, int, int], ...]) -> Composer:
    """Return the composer of our configs alone, while the yamls are these: path, time and size."""
    return Composer(None)


def plain(override: Override) -> Any:
    """Return the value that an override gives to a key.

    Raises:
        NotPlainError: it gives more than a value, or does more than to give it.
    """
    value = override.value()
    is_value = isinstance(value, int | float | str | None) and stands_for_itself(value)
    if override.type != OverrideType.CHANGE or override.package or not is_value:
        raise NotPlainError
    return value


def stands_for_itself(value: Any) -> bool:
    """Return whether a value is neither an interpolation nor the mark of one that is missing."""
    return not (isinstance(value, str) and ("${" in value or value == "???"))


def find(config: dict[str, Any], key: str) -> tuple[dict[str, Any], str]:
    """Return the group that holds a key's plain value, and the key's name in it.

    Raises:
        NotPlainError: there is none, or it is a group or a list.
    """
    *groups, name = key.split(".")
    try:
        for group in groups:
            config = config[group]
        if isinstance(config[name], dict | list):
            raise NotPlainError
    except (KeyError, TypeError) as error:
        raise NotPlainError from error
    return config, name


def composition(overrides: tuple[str, ...], folder: Path | None) -> Composition:
    """Return what Hydra makes of a choice of groups."""
    config, choices = by_hydra(overrides, folder, resolve=False)
    unresolved = {key: value for key, value in leaves(config) if not stands_for_itself(value)}
    references = {key: match[1] for key, value in unresolved.items() if (match := REFERENCE.fullmatch(value))}
    simple = len(references) == len(unresolved) and unresolved.keys().isdisjoint(references.values())
    return Composition(pickle.dumps(config), choices, references if simple else None)


def leaves(node: Any, key: str = "") -> Iterator[tuple[str, Any]]:
    """Yield all values with their full keys; those in lists too, whose keys `find` does not know."""
    if isinstance(node, dict):
        for name, each in node.items():
            yield from leaves(each, f"{key}.{name}" if key else str(name))
    elif isinstance(node, list):
        for index, each in enumerate(node):
            yield from leaves(each, f"{key}[{index}]")
    else:
        yield key, node


def by_hydra(overrides: Iterable[str], folder: Path | None, resolve: bool = True) -> Loaded:
    """Return the plain config that Hydra composes, and the choice in each group; `folder` is searched after ours."""
    composed = whole(overrides, folder)
    choices = {str(group): str(choice) for group, choice in composed.hydra.runtime.choices.items()}
    ours = OmegaConf.masked_copy(composed, [str(key) for key in composed if key != "hydra"])
    found = OmegaConf.to_container(ours, resolve=resolve, throw_on_missing=resolve)
    assert isinstance(found, dict)
    return {str(key): value for key, value in found.items()}, choices


def whole(overrides: Iterable[str], folder: Path | None) -> Any:
    """Return what Hydra composes, a `DictConfig` with its own config below `hydra`."""
    forget_engines()
    quoted = str(folder).replace("\\", "\\\\").replace("'", "\\'")
    search = [] if folder is None else [f"hydra.searchpath=['file://{quoted}']"]
    with hydra.initialize_config_dir(str(config_folder()), version_base=VERSION, job_name="train"):
        return hydra.compose("train", [*search, *overrides], return_hydra_config=True)


def forget_engines() -> None:
    """Take Hydra's launchers and sweepers out of its sight, and its plugins': ours have their names and other keys."""
    Plugins.instance()  # registers them
    for kind in ("launcher", "sweeper"):
        ConfigStore.instance().repo["hydra"].pop(kind, None)
