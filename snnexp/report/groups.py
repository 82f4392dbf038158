"""Runs grouped by what they train: a group for each identity, named by what sets it apart."""

from collections import Counter, defaultdict
from collections.abc import Sequence

from snnexp.config.overrides import overridden
from snnexp.report.base.runs import Group, ShownRun

# overrides that name no difference
UNTOLD = ("exp", "seed", "runs_dir", "plan", "device", "threads", "dataset.root")


def group(runs: Sequence[ShownRun]) -> list[Group]:
    """The groups in the order of their first runs, each with its runs by seed."""
    found = defaultdict(list)
    for run in runs:
        found[run.exp, run.id].append(run)
    members = [tuple(sorted(each, key=lambda run: run.seed)) for each in found.values()]
    named = zip(names([each[0] for each in members]), members, strict=True)
    return [Group(number, name, each) for number, (name, each) in enumerate(named)]


def names(runs: Sequence[ShownRun]) -> list[str]:
    """What not all runs of the same experiment were started with, behind its name unless it is the only experiment.

    Where that is one name for several of the runs, their identity follows.
    """
    words = [[word for word in run.overrides if overridden(word) not in UNTOLD] for run in runs]
    shared: dict[str, set[str]] = {}
    for run, own in zip(runs, words, strict=True):
        shared[run.exp] = shared.get(run.exp, {*own}) & {*own}
    differing = [[word for word in own if word not in shared[run.exp]] for run, own in zip(runs, words, strict=True)]
    alone = len(shared) == 1 and all(differing)
    labels = [" ".join(own if alone else [run.exp, *own]) for run, own in zip(runs, differing, strict=True)]
    count = Counter(labels)
    return [f"{name} {run.id}" if count[name] > 1 else name for name, run in zip(labels, runs, strict=True)]
