"""The groups as a table in the words of `snnexp table`: figures over seeds, and groups compared."""

from collections.abc import Sequence

from snnexp.report.base.runs import Group
from snnexp.tables import lines, records
from snnexp.tables.base import Row, Spec, Table
from snnexp.tables.records import differences


def table(groups: Sequence[Group]) -> Table:
    """Return the table of the groups' finished runs, a line for each group in order."""
    return lines.assemble(
        Spec(name="", title="", scale="", label="", rows=tuple(row(group, groups) for group in groups)),
        [records.record(group.name, run.result) for group in groups for run in group.runs if run.result],
    )


def row(group: Group, groups: Sequence[Group]) -> Row:
    """Return a group as a row that lacks no seed; it is compared where there are two seeds or more to do so by."""
    other = baseline(group, groups)
    compared = other is not group and len(seeds(group) & seeds(other)) > 1
    return Row(
        name=group.name,
        exp=group.runs[0].exp,
        overrides=(),
        seeds=tuple(sorted(seeds(group))),
        paper={},
        against=(other.name,) if compared else (),
    )


def seeds(group: Group) -> set[int]:
    """Return the seeds that have finished."""
    return {run.seed for run in group.runs if run.result}


def baseline(group: Group, groups: Sequence[Group]) -> Group:
    """Return the group to compare with: one on the same data without a regularizer, if there is any.

    It is the one that differs in fewest keys, and for these groups themselves the first of them.
    """
    peers = [each for each in groups if each.config["dataset"] == group.config["dataset"]]
    plain = [each for each in peers if not each.config["regularizer"]] or peers
    return plain[0] if group in plain else min(plain, key=lambda each: len(differences(group.config, each.config)))
