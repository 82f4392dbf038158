"""From overrides to a validated config, by Hydra; with train.py the only file that knows Hydra."""

import copy
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any

import hydra
from hydra.core.global_hydra import GlobalHydra
from hydra.core.hydra_config import HydraConfig
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import Glob, Override
from hydra.errors import HydraException
from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException
from yaml import YAMLError

from snnexp.devices import resolve_device
from snnexp.errors import UserError
from snnexp.hints import keys_of, unknown_key
from snnexp.launch import place
from snnexp.places import config_folder, options
from snnexp.refusals import refusal
from snnexp.schema import validate
from snnexp.targets import build

__all__ = ["Composed", "build", "combinations", "compose", "compose_stored", "hand_over"]

VERSION = "1.3"  # of Hydra's behaviour
# What Hydra raises for texts that it cannot make sense of; the last two are bare ones of its own.
REFUSALS = (HydraException, OmegaConfBaseException, YAMLError, ValueError, AssertionError)


@dataclass(frozen=True)
class Composed:
    """A validated config, plain and resolved, with what it was made from."""

    config: dict[str, Any]
    exp: str
    overrides: list[str]
    allow_modules: tuple[str, ...] = ()


def compose(overrides: list[str], config_dir: str | None = None, allow_modules: tuple[str, ...] = ()) -> Composed:
    """Compose `train.yaml` with overrides such as `exp=rmp_cifar10` and `T=2`, and validate the whole.

    `config_dir` is searched after our own configs. Only modules in `allow_modules` may hold parts besides snnexp's.

    Raises:
        UserError: one line for anything wrong, naming key, value, remedy and the nearest right names.
    """
    folder = None if config_dir is None else existing(config_dir)
    rewritten = [rewrite(override) for override in overrides]
    try:
        config, choices = load(rewritten, folder)
    except REFUSALS as error:
        raise explain(rewritten, folder, error) from error
    exp = choices.get("exp", "quickstart").replace("/", "_")
    return Composed(checked(config, allow_modules), exp, list(overrides), allow_modules)


def compose_stored(config: Mapping[str, Any], overrides: list[str], allow_modules: tuple[str, ...] = ()) -> Composed:
    """A run's stored config with `key=value` overrides, validated anew; its device is chosen anew unless given.

    Raises:
        UserError: as `compose`.
    """
    changed = copy.deepcopy(dict(config)) | {"device": "auto"}
    for override in parse(overrides):
        *groups, name = override.key_or_group.split(".")
        node: Any = changed
        for group in groups:
            node = node.get(group) if isinstance(node, dict) else None
        if not isinstance(node, dict) or name not in node:
            raise unknown_key(override.key_or_group, override.value(), keys_of(changed))
        node[name] = override.value()
    return Composed(checked(changed, allow_modules), "", list(overrides), allow_modules)


def checked(config: Mapping[str, Any], allow_modules: tuple[str, ...]) -> dict[str, Any]:
    """The config validated, with the device that is there and the number of processes that were started."""
    valid = validate(config, allow_modules)
    *_, started = place()
    launch = valid["launch"] | ({"nproc": started} if started > 1 else {})
    return valid | {"device": resolve_device(valid["device"]), "launch": launch}


def combinations(overrides: list[str], config_dir: str | None = None) -> list[list[str]]:
    """The overrides of each job of a sweep such as `T=2,4 exp=glob(rmp_*) seed=range(3)`, the last key varying fastest.

    Raises:
        UserError: a text that is no override, or stands for no list of values.
    """
    return [list(job) for job in product(*(alternatives(each, config_dir) for each in parse(overrides)))]


def alternatives(override: Override, config_dir: str | None) -> list[str]:
    """The overrides that one of a sweep stands for."""
    key, value = override.get_key_element(), override.value()
    if not override.is_sweep_override():
        return [str(override.input_line)]
    if isinstance(value, Glob):
        folder = None if config_dir is None else existing(config_dir)
        values = value.filter(list(options(override.key_or_group, folder)))
    else:
        values = list(override.sweep_string_iterator()) if override.is_discrete_sweep() else []
    if not values:
        raise UserError(f"{override.input_line}: no values; write {key}=A,B or {key}=range(1,4)")
    return [f"{key}={each}" for each in values]


def hand_over(program: str, arguments: list[str], job: Callable[[list[str]], int]) -> int:
    """Give the command line to Hydra (`--multirun`, `--cfg`, completion); the worst status of the jobs it runs."""
    statuses = []

    def task(_: DictConfig) -> None:
        statuses.append(job(list(HydraConfig.get().overrides.task)))

    sys.argv = [program, *map(rewrite, arguments)]
    hydra.main(config_path=str(config_folder()), config_name="train", version_base=VERSION)(task)()
    return max(statuses, default=0)


def rewrite(override: str) -> str:
    """`+exp=NAME` for `exp=NAME`: the group has no default that could be overridden."""
    return f"+{override}" if override.startswith("exp=") else override


def existing(config_dir: str) -> Path:
    """The absolute path of a user's folder of configs."""
    if not Path(config_dir).is_dir():
        raise UserError(f"--config-dir {config_dir}: no such folder")
    return Path(config_dir).resolve()


def load(overrides: list[str], folder: Path | None) -> tuple[dict[str, Any], dict[str, str]]:
    """The plain resolved config, and the choice that was made in each group; `folder` is searched after ours."""
    quoted = str(folder).replace("\\", "\\\\").replace("'", "\\'")
    search = [] if folder is None else [f"hydra.searchpath=['file://{quoted}']"]
    with aside(), hydra.initialize_config_dir(str(config_folder()), version_base=VERSION, job_name="train"):
        composed = hydra.compose("train", [*search, *overrides], return_hydra_config=True)
    choices = {str(group): str(choice) for group, choice in composed.hydra.runtime.choices.items()}
    ours = OmegaConf.masked_copy(composed, [str(key) for key in composed if key != "hydra"])
    plain = OmegaConf.to_container(ours, resolve=True, throw_on_missing=True)
    assert isinstance(plain, dict)
    return {str(key): value for key, value in plain.items()}, choices


@contextmanager
def aside() -> Iterator[None]:
    """Put Hydra's one instance aside, which is in use where a sweep of its own runs our jobs."""
    instance = GlobalHydra.instance()
    held, instance.hydra = instance.hydra, None
    try:
        yield
    finally:
        instance.hydra = held


def parse(overrides: Iterable[str]) -> list[Override]:
    """Overrides by Hydra's grammar."""
    parser, parsed = OverridesParser.create(), []
    for override in overrides:
        try:
            parsed.append(parser.parse_override(override))
        except HydraException as error:
            raise refusal(override, error) from error
    return parsed


def explain(overrides: list[str], folder: Path | None, error: Exception) -> UserError:
    """The error for the first override that cannot be composed with those before it, groups before keys."""
    accepted: list[str] = []
    known: dict[str, Any] = {}
    for override in ["", *sorted(overrides, key=lambda each: "." in each.partition("=")[0])]:
        trial = [*accepted, override] if override else accepted
        try:
            known, _ = load(trial, folder)
        except REFUSALS as found:
            return refusal(override, found, known, folder)
        accepted = trial
    return refusal("", error)
