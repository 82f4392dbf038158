"""What a config must hold: the plain values at its root, and of each part what the part's constructor takes."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from inspect import Parameter
from keyword import iskeyword
from pathlib import Path
from typing import Any, Literal

from snnexp.config.hints import keys_of, refuse_moved, show, unknown_key
from snnexp.config.known import Known, nothing, validated
from snnexp.config.settings import EarlyStopping, LaunchConfig, TrainerConfig, check_parts, check_validation, completed
from snnexp.config.targets import EXTRA, at_role, check_target, find_targets, hyperparameters, is_part, resolve
from snnexp.config.values import coerce, takes_part
from snnexp.errors import UserError, require

# In the order they are checked: the slowest to import comes last, so that a mistake elsewhere is reported before.
GROUPS = ("dataset", "backbone", "norm", "neuron", "surrogate", "loss", "optimizer", "schedule")
GROUPS += ("regularizer", "augment", "mixing", "logger")
SEVERAL = ("regularizer", "mixing", "logger")  # groups in which any number of parts is chosen, each by its name
ROLES = ("stem", "inner", "attention", "output", "head")  # of `snnexp.neurons.base`, which imports torch
PLAIN = {"trainer": TrainerConfig, "launch": LaunchConfig}


@dataclass(frozen=True, kw_only=True)
class Root:
    """The plain values beside the groups.

    Raises:
        UserError: a value out of range.
    """

    T: int
    seed: int
    device: str
    threads: int | Literal["auto"]
    runs_dir: str
    plan: str | None
    init_from: str | None
    init_skip: Sequence[str]

    def __post_init__(self) -> None:
        require(self.T >= 1, f"T={self.T}: must be at least 1")
        require(0 <= self.seed < 2**63, f"seed={self.seed}: must lie in [0, 2^63)")
        if not self.runs_dir.strip() or "\0" in self.runs_dir:
            raise UserError(f"runs_dir={show(self.runs_dir)}: names no folder; write runs_dir=runs, or leave it out")
        if not re.fullmatch(r"auto|cpu|cuda(:\d+)?", self.device):
            raise UserError(f"device={show(self.device)}: must be auto, cpu, cuda or cuda:N")
        if self.init_from is not None and not self.init_from.strip():
            raise UserError(
                f"init_from={show(self.init_from)}: names no weights; give a run or a file, or null for none"
            )
        if self.init_skip and self.init_from is None:
            raise UserError(f"init_skip={show(list(self.init_skip))}: leaves parts of init_from out; give that, too")
        if self.threads != "auto" and self.threads < 1:
            raise UserError(f"threads={self.threads}: must be at least 1, or auto")


def validate(config: Mapping[str, Any], allow_modules: tuple[str, ...] = (), known: Known = nothing) -> dict[str, Any]:
    """Return the config with every value of the type its constructor declares, keys in the constructor's order.

    Where a config that is known has the same group, nothing is imported to validate it again.

    Raises:
        UserError: a key that is unknown or missing, a value of the wrong type or out of range, a forbidden target.
    """
    for key, target in find_targets(config):
        check_target(target, allow_modules, key)
    refuse_moved(config)
    keys = [*Root.__dataclass_fields__, *GROUPS, *PLAIN]
    # How a training is launched and shown is no part of the experiment: a stored config may lack it.
    config = {"launch": {"nproc": 1, "sync_batch_norm": False}, "threads": "auto", **config}
    config = {**{name: {} for name in SEVERAL}, **config}
    config = completed(config)
    refuse_unknown("", config, keys)
    refuse_missing("", config, keys)
    root = fields("", {key: config[key] for key in Root.__dataclass_fields__}, Root)
    Root(**root)
    stopping = mapping("trainer.early_stopping", mapping("trainer", config["trainer"])["early_stopping"])
    EarlyStopping(**fields("trainer.early_stopping", stopping, EarlyStopping))
    plain = {key: fields(key, mapping(key, config[key]), constructor) for key, constructor in PLAIN.items()}
    for key, constructor in PLAIN.items():
        constructor(**plain[key])
    before = known(Path(root["runs_dir"]))
    groups = {key: validated(config, key, before) or group(key, config[key], allow_modules) for key in GROUPS}
    check_parts(groups["dataset"]["folds"], root["seed"], groups["dataset"]["share"], root["init_from"])
    check_validation(groups["dataset"]["validation"], plain["trainer"]["early_stopping"]["patience"])
    return {**root, **groups, **plain}


def fields(key: str, values: Mapping[str, Any], constructor: Any) -> dict[str, Any]:
    """Check plain values against a dataclass; every field must be given."""
    declared, _ = hyperparameters(constructor)
    refuse_unknown(key, values, declared)
    refuse_missing(key, values, declared)
    return {name: coerce(join(key, name), values[name], p.annotation) for name, p in declared.items()}


def group(key: str, node: Any, allow_modules: tuple[str, ...]) -> dict[str, Any]:
    """Return the part that a group holds, or any number by name."""
    node = mapping(key, node)
    if key in SEVERAL:
        return {name: part(f"{key}.{name}", each, allow_modules) for name, each in node.items()}
    return neuron(node, allow_modules) if key == "neuron" else part(key, node, allow_modules)


def neuron(node: Mapping[str, Any], allow_modules: tuple[str, ...]) -> dict[str, Any]:
    """Return the neuron's part and, below `by_role`, what differs from it at the sites of a role."""
    node = dict(node)
    roles = mapping("neuron.by_role", node.pop("by_role", {}))
    refuse_unknown("neuron.by_role", roles, ROLES)
    checked = part("neuron", node, allow_modules)
    by_role = {role: different(f"neuron.by_role.{role}", node, each, allow_modules) for role, each in roles.items()}
    return checked | ({"by_role": by_role} if by_role else {})


def different(key: str, common: Mapping[str, Any], own: Any, allow_modules: tuple[str, ...]) -> dict[str, Any]:
    """Return the keys of a role's own, with a surrogate among them if it has one."""
    own = dict(mapping(key, own))
    surrogate = {name: part(f"{key}.{name}", own.pop(name), allow_modules) for name in ("surrogate",) if name in own}
    checked = part(key, at_role(common, own), allow_modules)
    return {name: value for name, value in checked.items() if name in own} | surrogate


def part(key: str, node: Any, allow_modules: tuple[str, ...]) -> dict[str, Any]:
    """Return a part's node checked against its constructor; only torch's own parameters may be left out."""
    node = mapping(key, node)
    if "_target_" not in node:
        raise UserError(f"{key}: names no _target_; choose one as in {key.replace('.', '=', 1)}=NAME (`snnexp ls`)")
    constructor = resolve(node["_target_"], allow_modules, f"{key}._target_")
    given = {name: value for name, value in node.items() if name != "_target_"}
    own, chains = hyperparameters(constructor)
    extra = {name: Parameter(name, Parameter.KEYWORD_ONLY, annotation=a) for name, a in EXTRA.get(key, {}).items()}
    declared = {**own, **extra}
    if chains:
        links = [name for name, value in given.items() if is_part(value) and name not in declared and is_name(name)]
        declared |= {name: Parameter(name, Parameter.KEYWORD_ONLY) for name in links}
    refuse_unknown(key, given, declared)
    optional = constructor.__module__.startswith("torch.")
    refuse_missing(key, given, [p.name for p in declared.values() if not (optional and p.default is not p.empty)])
    arguments = {p.name: (f"{key}.{p.name}", given[p.name], p.annotation) for p in declared.values() if p.name in given}
    return {"_target_": node["_target_"]} | {name: argument(*a, allow_modules) for name, a in arguments.items()}


def is_name(text: str) -> bool:
    """Return whether a keyword argument may be called so."""
    return text.isidentifier() and not iskeyword(text)


def argument(key: str, value: Any, annotation: Any, allow_modules: tuple[str, ...]) -> Any:
    """Return a plain value, or a nested part where the constructor declares an object."""
    if isinstance(value, list) and any(map(is_part, value)):
        raise UserError(f"{key}: holds parts, which no list may; write a part of your own that makes them")
    nested = is_part(value) and takes_part(annotation)
    return part(key, value, allow_modules) if nested else coerce(key, value, annotation)


def mapping(key: str, value: Any) -> Mapping[str, Any]:
    """Return the value, which must be a group of keys; what is no text among them, as `7:` in a yaml, becomes one."""
    if not isinstance(value, Mapping):
        raise UserError(f"{key}={show(value)}: must be a group of keys; choose one of {key}'s (`snnexp ls`)")
    return {str(name): each for name, each in value.items()}


def refuse_unknown(key: str, given: Mapping[str, Any], known: Iterable[str]) -> None:
    """Raise for the first key that is none of `known`."""
    known = list(known)
    for name, value in given.items():
        if name not in known:
            inner = keys_of({each: given[each] for each in known if each in given})
            raise unknown_key(
                join(key, str(name)), value, [join(key, each) for each in dict.fromkeys([*known, *inner])]
            )


def refuse_missing(key: str, given: Mapping[str, Any], required: Iterable[str]) -> None:
    """Raise for the first required key that is not given."""
    for name in required:
        if name not in given:
            full = join(key, name)
            raise UserError(f"{full}: missing; a config names every hyper-parameter: give {full}=...")


def join(key: str, name: str) -> str:
    """Return the full name of a key."""
    return f"{key}.{name}" if key else name
