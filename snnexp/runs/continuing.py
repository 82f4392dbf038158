"""A finished run that differs from another in having fewer epochs: its end may be the other's beginning."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from snnexp.config.hints import leaves
from snnexp.config.settings import completed, holder
from snnexp.runs import finished
from snnexp.runs.finished import Finished
from snnexp.runs.identity import ELSEWHERE, Identity, key, recorded
from snnexp.runs.status import is_finished

EPOCHS = "trainer.epochs"
PLACES = (*ELSEWHERE, "dataset.root", "dataset.workers")


class Shorter(NamedTuple):
    """The run, its number of epochs, and the keys whose value is that number as well."""

    run: Finished
    epochs: int
    also: list[str]


def find_shorter(identity: Identity, config: Mapping[str, Any]) -> Shorter | None:
    """Return the longest finished run of the same seed, data, code, device and config but for a lower number of epochs.

    Raises:
        UserError: a run there whose files were changed.
    """
    found = []
    for folder in sorted(identity.folder.parent.glob(f"*-s{identity.seed}")):
        record = recorded(folder) if is_finished(folder) else None
        if record and {**record, "config": ""} == {**identity.record, "config": ""}:
            run = finished.read(folder)
            shorter = compare(run, config)
            found += [shorter] if shorter else []
    return max(found, key=lambda each: each.epochs, default=None)


def compare(run: Finished, config: Mapping[str, Any]) -> Shorter | None:
    """Return the run where a config differs from it in more epochs alone, and in values that are their number."""
    theirs, ours = (dict(leaves(completed(each))) for each in (run.config, config))
    names = [name for name in {**theirs, **ours} if not name.startswith(PLACES)]
    differ = [name for name in names if theirs.get(name) != ours.get(name)]
    epochs, more = theirs[EPOCHS], ours[EPOCHS]
    if not (epochs < more and all((theirs.get(name), ours.get(name)) == (epochs, more) for name in differ)):
        return None
    longer = completed(run.config)
    for name in differ:
        node, last = holder(longer, name)
        assert node is not None
        node[last] = more
    if key(longer) != key(config):  # parts in another order
        return None
    return Shorter(run, epochs, [name for name in differ if name != EPOCHS])
