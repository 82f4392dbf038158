"""The grammar of overrides, which is Hydra's: what each says, and what a sweep of them stands for."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from itertools import product

from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import ChoiceSweep, Glob, IntervalSweep, Override
from hydra.errors import HydraException

from snnexp.config.hints import show
from snnexp.config.places import existing, options
from snnexp.config.refusals import refusal
from snnexp.errors import UserError

# What is to be written for keys of Hydra's, by what stands behind `hydra.` or `hydra/`.
INSTEAD = {
    "run.": "a run's folder is <runs_dir>/<exp>/<id>-s<seed>: write runs_dir=DIR",
    "sweep.": "a run's folder is <runs_dir>/<exp>/<id>-s<seed>: write runs_dir=DIR",
    "launcher": "it belongs to `snnexp sweep`",
    "sweeper": "it belongs to `snnexp sweep`",
    "mode": "`snnexp sweep` makes several runs",
    "searchpath": "write --config-dir DIR",
}


class Numbers(ChoiceSweep):
    """What `range(...)` stands for, in steps of `step`."""

    def __init__(self, values: Iterable[int | float], step: int | float) -> None:
        self.values, self.step = list(values), step
        super().__init__(list=[*self.values])


def numbers(start: int | float, stop: int | float | None = None, step: int | float = 1) -> Numbers:
    """Return the numbers from `start` to `stop`, which is excluded, computed in decimals: 0.1 three times is 0.3.

    Hydra's own range adds binary fractions, by which 0.1, 0.2, ... can pass the end and miss 0.3.
    """
    start, stop = (0, start) if stop is None else (start, stop)
    if not step or not all(map(math.isfinite, (start, stop, step))):
        raise ValueError("start, stop and step must be finite, step not 0")
    if isinstance(start, int) and isinstance(stop, int) and isinstance(step, int):
        return Numbers(range(start, stop, step), step)
    first, end, width = (Decimal(str(each)) for each in (start, stop, step))
    count = max(0, math.ceil((end - first) / width))
    return Numbers((float(first + width * index) for index in range(count)), step)


def parse(overrides: Iterable[str]) -> list[Override]:
    """Parse overrides by Hydra's grammar, with ranges in decimals."""
    return [parse_one(override) for override in overrides]


@lru_cache(maxsize=10_000)
def parse_one(override: str) -> Override:
    """Return one of them; the jobs of a sweep share most of theirs.

    Raises:
        UserError: Hydra makes no sense of it.
    """
    parser = OverridesParser.create()
    parser.functions.functions["range"] = numbers
    try:
        return parser.parse_override(override)
    except HydraException as error:
        raise refusal(override, error) from error


def overridden(override: str) -> str:
    """Return the key, or the group, that an override is about: `dataset.root` of `++dataset.root=/x`."""
    return override.lstrip("+~").partition("=")[0]


def value_of(overrides: Iterable[str], key: str, otherwise: str) -> str:
    """Return the value that the last of the overrides about `key` gives it, without quotes, or `otherwise`."""
    given = [each.value() for each in parse(word for word in overrides if overridden(word) == key)]
    return str(given[-1]) if given else otherwise


def refuse_idle(overrides: Iterable[str]) -> None:
    """Refuse overrides of Hydra's own config, which do nothing for a run.

    Raises:
        UserError: the first of them, with what to write in its place.
    """
    for override in overrides:
        key = overridden(override)
        if key == "hydra" or key.startswith(("hydra.", "hydra/")):
            remedy = next((text for name, text in INSTEAD.items() if key[6:].startswith(name)), "leave it out")
            raise UserError(f"{show(override)}: does nothing for a run; {remedy}")


def combinations(overrides: list[str], config_dir: str | None = None) -> list[list[str]]:
    """Return the overrides of each job of a sweep such as `T=2,4 seed=range(3)`, the last key varying fastest.

    Raises:
        UserError: a text that is no override, or stands for no list of values.
    """
    return [list(job) for job in product(*(alternatives(each, config_dir) for each in parse(overrides)))]


def alternatives(override: Override, config_dir: str | None) -> list[str]:
    """Return the overrides that one of a sweep stands for."""
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


@dataclass(frozen=True)
class Span:
    """Numbers from `low` to `high`, both of which count: whole ones where both are, by their logarithm or in steps."""

    low: int | float
    high: int | float
    log: bool = False
    step: int | float | None = None

    def nearest(self, value: int | float) -> int | float:
        """Round to the range's nearest step in decimals: 0.3, not 0.30000000000000004."""
        if self.step is None or isinstance(value, int):
            return value
        steps = round((value - self.low) / self.step)
        return float(Decimal(str(self.low)) + steps * Decimal(str(self.step)))


def search_space(
    overrides: list[str], config_dir: str | None = None
) -> tuple[list[str], dict[str, Span | tuple[str, ...]]]:
    """Return the overrides that all trials of a search share, and by key what the others are drawn from.

    `lr=tag(log,interval(1e-4,1))`, `T=range(2,9,2)`, which ends before 9 as in a sweep, and `neuron=lif,plif`.

    Raises:
        UserError: a text that is no override, or nothing to draw from.
    """
    parsed = parse(overrides)
    fixed = [str(each.input_line) for each in parsed if not each.is_sweep_override()]
    return fixed, {each.get_key_element(): draws(each, config_dir) for each in parsed if each.is_sweep_override()}


def draws(override: Override, config_dir: str | None) -> Span | tuple[str, ...]:
    """Return what a search draws one override's value from."""
    value, line = override.value(), override.input_line
    tags = getattr(value, "tags", set())
    if tags - {"log"} or (tags and not isinstance(value, IntervalSweep)):
        raise UserError(f"{line}: a search knows tag(log,interval(LOW,HIGH)) alone; leave other tags out")
    if getattr(value, "shuffle", False):
        raise UserError(f"{line}: a search draws by itself; leave shuffle out")
    if isinstance(value, IntervalSweep):
        low, high = value.start, value.end
        if low is None or high is None or low >= high or (tags and low <= 0):
            raise UserError(f"{line}: must rise, with tag(log,...) from above 0; write interval(LOW,HIGH)")
        return Span(low, high, bool(tags))
    words = tuple(each.partition("=")[2] for each in alternatives(override, config_dir))
    return Span(min(value.values), max(value.values), step=abs(value.step)) if isinstance(value, Numbers) else words


def rewrite(override: str) -> str:
    """Write `exp=NAME` as `+exp=NAME`: the group has no default that could be overridden."""
    return f"+{override}" if override.startswith("exp=") else override
