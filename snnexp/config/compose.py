"""From overrides to a validated config."""

import copy
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import hydra
from hydra.errors import HydraException
from omegaconf import OmegaConf
from omegaconf.errors import OmegaConfBaseException
from yaml import YAMLError

from snnexp.config.composition import VERSION, Composer, composer, forget_engines, whole
from snnexp.config.hints import keys_of, show, unknown_key
from snnexp.config.known import Known, nothing
from snnexp.config.overrides import parse, refuse_idle, rewrite
from snnexp.config.places import config_folder, existing
from snnexp.config.refusals import refusal
from snnexp.config.schema import part, validate
from snnexp.config.targets import build
from snnexp.errors import UserError
from snnexp.machine.devices import Machine
from snnexp.machine.launch import place

__all__ = ["Composed", "build", "compose", "compose_all", "compose_engines", "compose_stored", "hand_over"]

HERE = Machine()
# What acts on training alone: given for a trained network it would do nothing.
TRAINING = ("seed", "augment", "mixing", "optimizer", "schedule", "launch", "trainer", "logger")
TRAINING += ("dataset.folds", "dataset.share", "dataset.validation", "init_from", "init_skip")
TESTING = ("trainer.eval_batch_size", "trainer.amp", "trainer.deterministic")  # but for these
# What Hydra raises for texts that it cannot make sense of; the last three are bare ones of its own.
REFUSALS = (HydraException, OmegaConfBaseException, YAMLError, ValueError, AssertionError, RecursionError)


@dataclass(frozen=True)
class Composed:
    """A validated config, plain and resolved, with what it was made from."""

    config: dict[str, Any]
    exp: str
    overrides: list[str]
    allow_modules: tuple[str, ...] = ()


def compose(
    overrides: list[str],
    config_dir: str | None = None,
    allow_modules: tuple[str, ...] = (),
    machine: Machine = HERE,
    known: Known = nothing,
) -> Composed:
    """Compose `train.yaml` with overrides such as `exp=rmp_cifar10` and `T=2`, and validate the whole.

    `config_dir` is searched after our own configs. Only modules in `allow_modules` may hold parts besides snnexp's.
    `machine` is where the run will be. `known` gives configs of finished runs in the experiment's folder: what
    they share with this one is right, and no part is imported for it.

    Raises:
        UserError: one line for anything wrong, naming key, value, remedy and the nearest right names.
    """
    return next(compose_all([overrides], config_dir, allow_modules, machine, known))


def compose_all(
    several: Iterable[list[str]],
    config_dir: str | None = None,
    allow_modules: tuple[str, ...] = (),
    machine: Machine = HERE,
    known: Known = nothing,
) -> Iterator[Composed]:
    """Yield the config of each list of overrides, as `compose` does; Hydra reads a choice of groups once."""
    folder = existing(config_dir)
    made = composer(folder)
    for overrides in several:
        refuse_idle(overrides)
        rewritten = [rewrite(override) for override in overrides]
        try:
            config, choices = made.load(rewritten)
        except REFUSALS as error:
            raise explain(rewritten, made, error) from error
        exp = choices.get("exp", "quickstart").replace("/", "_")
        valid = checked(config, allow_modules, machine, lambda folder, exp=exp: known(folder / exp))
        yield Composed(valid, exp, list(overrides), allow_modules)


def compose_engines(overrides: list[str], config_dir: str | None = None) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the validated configs of Hydra's launcher and sweeper, by overrides such as `hydra/launcher=joblib`.

    Raises:
        UserError: as `compose`.
    """
    folder = existing(config_dir)
    try:
        engines = whole(overrides, folder).hydra
        launcher, sweeper = (OmegaConf.to_container(engines[kind], resolve=True) for kind in ("launcher", "sweeper"))
    except REFUSALS as error:
        raise explain(overrides, composer(folder), error) from error
    return part("hydra.launcher", launcher, ()), part("hydra.sweeper", sweeper, ())


def compose_stored(config: Mapping[str, Any], overrides: list[str], allow_modules: tuple[str, ...] = ()) -> Composed:
    """Return a run's stored config with `key=value` overrides, validated again; the device is chosen again, too.

    So are the threads of a run on a GPU; those of a run on a CPU count, since its numbers depend on them.

    Raises:
        UserError: as `compose`.
    """
    changed = {"threads": "auto"} | copy.deepcopy(dict(config)) | {"device": "auto"}
    if config.get("device") != "cpu":
        changed["threads"] = "auto"
    for override in parse(overrides):
        if override.is_sweep_override():
            raise UserError(f"{show(override.input_line)}: a trained network takes one value; give one")
        *groups, name = override.key_or_group.split(".")
        node: Any = changed
        for group in groups:
            node = node.get(group) if isinstance(node, dict) else None
        if not isinstance(node, dict) or name not in node:
            raise unknown_key(override.key_or_group, override.value(), keys_of(changed))
        if {[*groups, name][0], override.key_or_group} & {*TRAINING} and override.key_or_group not in TESTING:
            remedy = "it acts on training alone, and this run is trained; leave it out"
            raise UserError(f"{show(override.input_line)}: {remedy}")
        node[name] = override.value()
    return Composed(checked(changed, allow_modules), "", list(overrides), allow_modules)


def checked(
    config: Mapping[str, Any], allow_modules: tuple[str, ...], machine: Machine = HERE, known: Known = nothing
) -> dict[str, Any]:
    """Return the config validated, with the machine's device and threads and the number of processes started."""
    try:
        valid = validate(config, allow_modules, known)
    except RecursionError as error:
        raise refusal("", error) from error
    *_, started = place()
    launch = valid["launch"] | ({"nproc": started} if started > 1 else {})
    threads = machine.resolve_threads(valid["threads"], launch["nproc"] if started == 1 else 1)
    return valid | {"device": machine.resolve_device(valid["device"]), "threads": threads, "launch": launch}


def hand_over(program: str, arguments: list[str]) -> int:
    """Give the command line to Hydra, which shows what `--cfg`, `--info` or a shell's completion requests."""
    forget_engines()
    sys.argv = [program, *map(rewrite, arguments)]
    hydra.main(config_path=str(config_folder()), config_name="train", version_base=VERSION)(lambda _: None)()
    return 0


def explain(overrides: list[str], made: Composer, error: Exception) -> UserError:
    """Return the error for the first override that cannot be composed with those before it, groups before keys."""
    accepted: list[str] = []
    known: dict[str, Any] = {}
    for override in ["", *sorted(overrides, key=lambda each: "." in each.partition("=")[0])]:
        trial = [*accepted, override] if override else accepted
        try:
            known, _ = made.load(trial)
        except UserError as found:  # an override that is none, as it is refused everywhere
            return found
        except REFUSALS as found:
            return refusal(override, found, known, made.folder)
        accepted = trial
    return refusal("", error)
