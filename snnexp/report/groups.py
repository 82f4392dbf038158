"""Runs grouped by what they train: a group for each identity, named by what sets it apart."""

from collections import defaultdict
from collections.abc import Sequence

from snnexp.config.hints import show
from snnexp.config.overrides import overridden
from snnexp.report.base.runs import Group, ShownRun
from snnexp.runs.identity import distinctions, recorded
from snnexp.tables.records import differences

MOST = 3  # values by which equal names differ
# overrides that name no difference
UNTOLD = ("exp", "seed", "runs_dir", "plan", "device", "threads", "dataset.root")


def group(runs: Sequence[ShownRun]) -> list[Group]:
    """Return the groups in the order of their first runs, each with its runs by seed."""
    found = defaultdict(list)
    for run in runs:
        found[run.exp, run.id].append(run)
    members = [tuple(sorted(each, key=lambda run: run.seed)) for each in found.values()]
    named = zip(names([each[0] for each in members]), members, strict=True)
    return [Group(number, name, each) for number, (name, each) in enumerate(named)]


def names(runs: Sequence[ShownRun]) -> list[str]:
    """Name each run by the overrides that not all of its experiment share, behind the experiment if there are others.

    Runs that would share a name get what differs from the first of them, and their identity.
    """
    words = [[word for word in run.overrides if overridden(word) not in UNTOLD] for run in runs]
    shared: dict[str, set[str]] = {}
    for run, own in zip(runs, words, strict=True):
        shared[run.exp] = shared.get(run.exp, {*own}) & {*own}
    differing = [[word for word in own if word not in shared[run.exp]] for run, own in zip(runs, words, strict=True)]
    alone = len(shared) == 1 and all(differing)
    labels = [" ".join(own if alone else [run.exp, *own]) for run, own in zip(runs, differing, strict=True)]
    alike = {name: [run for run, each in zip(runs, labels, strict=True) if each == name] for name in labels}
    return [apart(name, run, alike[name]) for name, run in zip(labels, runs, strict=True)]


def apart(name: str, run: ShownRun, alike: Sequence[ShownRun]) -> str:
    """Distinguish a run from others of its name by other values, data, code, device or threads than the first's."""
    if len(alike) == 1:
        return name
    first, words = alike[0], []
    if run is not first:
        words = [f"{key}={show(value)}" for key, value in differences(first.config, run.config).items()][:MOST]
        words += distinctions(own, recorded(run.folder)) if (own := recorded(first.folder)) else []
    return f"{name} [{', '.join([*words, run.id])}]"
