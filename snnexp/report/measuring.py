"""Measures potentials and a sample's spikes, which a report shows, of one finished run a group, once."""

import logging
from collections.abc import Sequence

from snnexp.errors import RunError, UserError, one_line
from snnexp.report.base.measured import MOST, Findings, keep_measured
from snnexp.report.base.runs import Group, ShownRun
from snnexp.runs import finished

SAMPLES = 1024  # of the test set, spread over it: enough for a smooth outline, and soon measured on a processor

log = logging.getLogger(__name__)


def measure_missing(groups: Sequence[Group], overrides: list[str], allow_modules: tuple[str, ...]) -> None:
    """Measure a finished run of each group of which none was measured; where that fails the log says why."""
    finished = [[run for run in group.runs if run.result] for group in groups]
    for runs in [runs for runs in finished if runs][:MOST]:
        if any(run.measured for run in runs):
            continue
        log.info("%s: measures its potentials and spikes", runs[0].folder)
        try:
            measure(runs[0], overrides, allow_modules)
        except (UserError, RunError, OSError) as error:
            log.warning("the page lacks potentials and spikes of %s: %s", runs[0].folder, one_line(error))


def measure(run: ShownRun, overrides: list[str], allow_modules: tuple[str, ...]) -> None:
    """Measure a finished run and store what was found in its folder.

    Raises:
        UserError: data or weights are missing or damaged.
        RunError, OSError: they cannot be stored.
    """
    from snnexp.training import measurement  # late: builds networks, which a page alone does not need

    assert run.result is not None
    found = measurement.measure(finished.read(run.folder), overrides, allow_modules, SAMPLES)
    keep_measured(run.folder, run.result, Findings(found.histograms(), found.sample))
