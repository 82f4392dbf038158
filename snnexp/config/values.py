"""Values of a config against the types that constructors declare."""

import math
import types
from collections.abc import Iterator, Mapping
from inspect import Parameter
from typing import Any, Literal, Union, get_args, get_origin

from snnexp.config.hints import nearest, show
from snnexp.errors import UserError

WORDS = {bool: "true or false", int: "an integer", float: "a number", str: "text", type(None): "null"}
SEQUENCES = ("list", "tuple", "Sequence", "Iterable")
MAPPINGS = ("dict", "Mapping")


def coerce(key: str, value: Any, annotation: Any) -> Any:
    """Check a value against an annotation; an integer may become a float and a list a tuple, nothing else changes.

    Raises:
        UserError: naming key, value and what is expected.
    """
    refuse_infinite(key, value)
    try:
        return convert(value, annotation)
    except (TypeError, OverflowError):
        near = nearest(value, choices(annotation)) if isinstance(value, str) else []
        hint = f"; did you mean {near[0]}?" if near else ""
        raise UserError(f"{key}={show(value)}: must be {describe(annotation)}{hint}") from None


def convert(value: Any, annotation: Any) -> Any:
    """Convert as `coerce` does, with a `TypeError` for what does not fit."""
    origin, args = get_origin(annotation), get_args(annotation)
    if annotation in (Any, Parameter.empty):
        return value
    if origin is Literal:
        if any(value == each and type(value) is type(each) for each in args):
            return value
    elif origin in (Union, types.UnionType):
        return first_fit(value, args)
    elif name_of(annotation) in SEQUENCES and isinstance(value, list | tuple):
        return sequence(value, origin or annotation, args)
    elif name_of(annotation) in MAPPINGS and isinstance(value, Mapping):
        return {str(name): convert(each, args[1] if args else Any) for name, each in value.items()}
    elif annotation is float and isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    elif annotation in (bool, int, str, type(None)) and type(value) is annotation:
        return value
    raise TypeError


def takes_part(annotation: Any) -> bool:
    """Return whether an annotation admits an object, rather than plain values alone."""
    plain = {*WORDS, Literal}
    groups = (*SEQUENCES, *MAPPINGS)
    return any((get_origin(a) or a) not in plain and name_of(a) not in groups for a in flat(annotation))


def first_fit(value: Any, annotations: tuple[Any, ...]) -> Any:
    """Return the value as the first of these annotations that it fits."""
    for annotation in annotations:
        try:
            return convert(value, annotation)
        except TypeError:
            continue
    raise TypeError


def sequence(value: Any, kind: Any, args: tuple[Any, ...]) -> Any:
    """Return a list or tuple of converted items; a tuple annotated item by item has just as many."""
    if kind is tuple and args and args[-1] is not Ellipsis:
        if len(args) != len(value):
            raise TypeError
        return tuple(convert(item, each) for item, each in zip(value, args, strict=True))
    items = [convert(item, args[0] if args else Any) for item in value]
    return tuple(items) if kind is tuple else items


def refuse_infinite(key: str, value: Any) -> None:
    """Refuse infinities, NaN and integers of more than 64 bits anywhere in a value."""
    if isinstance(value, float) and not math.isfinite(value):
        raise UserError(f"{key}={show(value)}: must be a finite number")
    if isinstance(value, int) and abs(value) >= 2**63:
        raise UserError(f"{key}={show(value)}: must be between -2^63 and 2^63")
    items = value.values() if isinstance(value, Mapping) else value if isinstance(value, list | tuple) else ()
    for item in items:
        refuse_infinite(key, item)


def choices(annotation: Any) -> list[str]:
    """Return the words that a `Literal` allows, alone or within a union."""
    members = [get_args(a) for a in flat(annotation) if get_origin(a) is Literal]
    return [each for group in members for each in group if isinstance(each, str)]


def describe(annotation: Any) -> str:
    """Return the type in words: `a number or null`."""
    words = []
    for each in flat(annotation):
        if get_origin(each) is Literal:
            words += [show(choice) for choice in get_args(each)]
        elif name_of(each) in SEQUENCES:
            inner = next((a for a in get_args(each) if a is not Ellipsis), Any)
            words.append("a list" if inner is Any else f"a list (each {describe(inner)})")
        elif name_of(each) in MAPPINGS:
            inner = get_args(each)[1] if get_args(each) else Any
            words.append("a group of keys" if inner is Any else f"a group of keys (each {describe(inner)})")
        elif each in WORDS:
            words.append(WORDS[each])
    words = list(dict.fromkeys(words)) or ["a part with a _target_"]
    return " or ".join(filter(None, [", ".join(words[:-1]), words[-1]]))


def flat(annotation: Any) -> Iterator[Any]:
    """Yield the members of a union, or the annotation itself."""
    if get_origin(annotation) in (Union, types.UnionType):
        for member in get_args(annotation):
            yield from flat(member)
    else:
        yield annotation


def name_of(annotation: Any) -> str:
    """Return the name of a type: `list` for `list[float]`."""
    return getattr(get_origin(annotation) or annotation, "__name__", "")
