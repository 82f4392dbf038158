"""The grammar of overrides, which is Hydra's: what each says, and what a sweep of them stands for."""

from collections.abc import Iterable
from itertools import product

from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import Glob, Override
from hydra.errors import HydraException

from snnexp.errors import UserError
from snnexp.places import existing, options
from snnexp.refusals import refusal


def parse(overrides: Iterable[str]) -> list[Override]:
    """Overrides by Hydra's grammar."""
    parser, parsed = OverridesParser.create(), []
    for override in overrides:
        try:
            parsed.append(parser.parse_override(override))
        except HydraException as error:
            raise refusal(override, error) from error
    return parsed


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
        values = value.filter(list(options(override.key_or_group, existing(config_dir))))
    else:
        values = list(override.sweep_string_iterator()) if override.is_discrete_sweep() else []
    if not values:
        raise UserError(f"{override.input_line}: no values; write {key}=A,B or {key}=range(1,4)")
    return [f"{key}={each}" for each in values]


def rewrite(override: str) -> str:
    """`+exp=NAME` for `exp=NAME`: the group has no default that could be overridden."""
    return f"+{override}" if override.startswith("exp=") else override
