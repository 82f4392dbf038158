"""Parts named by a config's `_target_`: which may be named, what their constructors take, and building them."""

import collections.abc
import functools
import importlib
import inspect
import os
import sys
import typing
from collections.abc import Iterator, Mapping
from inspect import Parameter
from types import ModuleType
from typing import Any, Literal

from snnexp.config.hints import show
from snnexp.config.settings import Pace
from snnexp.errors import UserError

# Written in each part's config and read by snnexp/training rather than by the part's constructor.
EXTRA = {
    "dataset": {"folds": int, "share": float, "validation": float},
    "optimizer": {"weight_decay_on": Literal["all", "weights"]},
    "schedule": {"by": Pace},
}


RUNTIME = ("params", "optimizer")  # what torch's constructors get from the program


def own_keys(group: str, node: Mapping[str, Any]) -> dict[str, Any]:
    """Return the keys of a part's node that its constructor takes."""
    return {name: value for name, value in node.items() if name not in EXTRA.get(group, {})}


def is_part(value: Any) -> bool:
    """Return whether a value of a config stands for an object to be built."""
    return isinstance(value, Mapping) and "_target_" in value


def at_role(common: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
    """Return a neuron's node at a role: the role's own if that names a neuron, else the common one with its keys."""
    return dict(own) if "_target_" in own else {**common, **own}


def find_targets(value: Any, key: str = "") -> Iterator[tuple[str, Any]]:
    """Yield every `_target_`, however deep it stands, with its full key."""
    if isinstance(value, Mapping):
        if "_target_" in value:
            yield f"{key}_target_", value["_target_"]
        for name, each in value.items():
            yield from find_targets(each, f"{key}{name}.")
    elif isinstance(value, list | tuple):
        for each in value:
            yield from find_targets(each, key)


def check_target(target: Any, allow_modules: tuple[str, ...] = (), key: str = "_target_") -> None:
    """Refuse a target by its text alone, before anything is imported for it.

    Raises:
        UserError: a text that begins with neither `snnexp.`, `torch.optim.` nor an allowed module.
    """
    roots = ("snnexp", "torch.optim", *allow_modules)
    if not (isinstance(target, str) and target.startswith(tuple(f"{root}." for root in roots))):
        remedy = "a part of your own needs --allow-module MODULE on the command line"
        raise UserError(f"{key}={show(target)}: must begin with snnexp. or torch.optim.; {remedy}")


def resolve(target: str, allow_modules: tuple[str, ...] = (), key: str = "_target_") -> Any:
    """Return the class or function of a target: of snnexp, a torch optimizer or schedule, or of an allowed module.

    The place of its definition decides, since a module's attributes lead to all it has imported.

    Raises:
        UserError: nothing of that name, or something else.
    """
    check_target(target, allow_modules, key)
    module, _, name = target.rpartition(".")
    try:
        found = getattr(load(module, allow_modules), name)
    except (AttributeError, ModuleNotFoundError, ValueError) as error:
        raise UserError(f"{key}={show(target)}: {error}; `snnexp ls` names the parts there are") from error
    except ImportError as error:
        raise UserError(f"{key}={show(target)}: {error}") from error
    if not belongs(found, allow_modules):
        raise UserError(f"{key}={show(target)}: neither a part of snnexp nor one of torch's optimizers and schedules")
    return found


def load(module: str, allow_modules: tuple[str, ...]) -> ModuleType:
    """Import a module; one that is allowed may also lie in the current folder, as it does for `python -m`."""
    if module.startswith(allow_modules) and os.getcwd() not in sys.path:
        sys.path.append(os.getcwd())
    return importlib.import_module(module)


def belongs(found: Any, allow_modules: tuple[str, ...]) -> bool:
    """Return whether it was defined where a part may come from."""
    home = getattr(found, "__module__", None) or ""
    if not (inspect.isclass(found) or inspect.isfunction(found)) or inspect.isabstract(found):
        return False
    if any(home == root or home.startswith(f"{root}.") for root in ("snnexp", *allow_modules)):
        return True
    if not home.startswith("torch.optim") or not inspect.isclass(found):
        return False
    return issubclass(found, torch_bases()) and found not in torch_bases()


def torch_bases() -> tuple[type, ...]:
    """Return what a class of torch must derive from to be named in a config."""
    from torch.optim import Optimizer  # late: a misspelt key is refused without waiting for torch
    from torch.optim.lr_scheduler import LRScheduler

    return Optimizer, LRScheduler


@functools.cache
def hyperparameters(constructor: Any) -> tuple[Mapping[str, Parameter], bool]:
    """Return the arguments that a config may give, by name, and whether parts under any name may be nested.

    In our own constructors all before the `*` comes from the program and all behind it from the config. One that passes
    `**keywords` on takes what its base class takes. In torch's, parameters and optimizer come from the program.
    """
    if constructor.__module__.startswith("torch."):
        return {p.name: p for p in signature(constructor.__init__)[1:] if p.name not in RUNTIME}, False
    found: dict[str, Parameter] = {}
    passes_on = False
    for function in constructors(constructor):
        parameters = signature(function)
        found |= {p.name: p for p in parameters if p.kind is Parameter.KEYWORD_ONLY and p.name not in found}
        passes_on = any(p.kind is Parameter.VAR_KEYWORD for p in parameters)
        if not passes_on:
            break
    return found, passes_on


def signature(function: Any) -> list[Parameter]:
    """Return a function's parameters with what their annotations mean; one that cannot be found out admits anything.

    A module that imports names for type checkers alone, as torch's schedules do, lacks them when it runs; those of the
    standard library's typing and collections.abc are known here.
    """
    scope = vars(typing) | vars(collections.abc) | getattr(inspect.unwrap(function), "__globals__", {})
    declared = inspect.signature(function).parameters.values()
    return [each.replace(annotation=meaning(each.annotation, scope)) for each in declared]


def meaning(annotation: Any, scope: dict[str, Any]) -> Any:
    """Return an annotation that may be text, as the object that it names; `Any` where it names none."""
    if not isinstance(annotation, str):
        return annotation
    try:
        return eval(annotation, scope)
    except (NameError, AttributeError, TypeError, SyntaxError):
        return Any


def constructors(constructor: Any) -> list[Any]:
    """Return a function by itself; of a class its own `__init__` and those of its bases, as far as they are ours."""
    if not inspect.isclass(constructor):
        return [constructor]
    foreign = ("abc", "builtins", "torch", "typing")
    ours = [each for each in constructor.__mro__ if each.__module__.partition(".")[0] not in foreign]
    return [vars(each)["__init__"] for each in ours if "__init__" in vars(each)]


def build(node: Mapping[str, Any], *args: Any, allow_modules: tuple[str, ...] = (), **runtime: Any) -> Any:
    """Call what `_target_` names with the node's other keys, nested parts built first; `runtime` objects as given.

    Raises:
        UserError: a target that may not be named, or a value that the constructor refuses.
    """
    for key, target in find_targets(node):
        check_target(target, allow_modules, key)
    constructor = resolve(node["_target_"], allow_modules)
    keywords = {
        key: build(value, allow_modules=allow_modules) if is_part(value) else value
        for key, value in node.items()
        if key != "_target_"
    }
    try:
        return constructor(*args, **keywords, **runtime)
    except UserError:
        raise
    except ValueError as error:
        named = [name for name, value in keywords.items() if not isinstance(value, bool) and str(value) in str(error)]
        key = f".{named[0]}={show(keywords[named[0]])}" if len(named) == 1 else ""
        raise UserError(f"{group(node['_target_'])}{key}: {error}; choose another value") from error


def group(target: str) -> str:
    """Return a part's config group: `surrogate` of `snnexp.surrogates.tanh.Tanh`, `optimizer` of `torch.optim.SGD`."""
    if target.startswith("torch.optim."):
        return "schedule" if target.startswith("torch.optim.lr_scheduler.") else "optimizer"
    folder = target.split(".")[1] if target.startswith("snnexp.") else target
    return folder.removesuffix("es" if folder.endswith("sses") else "s")
