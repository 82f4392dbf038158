"""A run or a sweep as one page to look at."""

from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from snnexp.config.hints import show
from snnexp.errors import UserError
from snnexp.files import atomic
from snnexp.report import configs, curves, environment, figures, histograms, page, profiles, rasters, watch
from snnexp.report.base.runs import ShownRun
from snnexp.report.groups import group
from snnexp.report.measuring import measure_missing
from snnexp.report.sources import Source, locate
from snnexp.report.table import table
from snnexp.tables import words

__all__ = ["locate", "serve", "text", "write"]


def write(source: Source, out: Path, overrides: list[str], allow_modules: tuple[str, ...] = ()) -> Path:
    """Measure what is not measured yet, and write the page.

    Raises:
        UserError: no folder to write to, or a config or a record that was changed.
    """
    if not out.parent.is_dir():
        raise UserError(f"--out {out}: no such folder; make it, or name another file")
    measure_missing(group(source.runs()), overrides, allow_modules)
    atomic.write(out, text(source).encode())
    return out


def serve(source: Source) -> int:
    """Serve the page, made again whenever one of its runs has changed, until Ctrl-C."""
    with watch.server(source.version, lambda version: text(source, version)) as server:
        print(f"http://{watch.HOST}:{server.server_port}/ follows {source.path}; Ctrl-C ends it", flush=True)
        with suppress(KeyboardInterrupt):
            server.serve_forever()
    return 0


def text(source: Source, watched: str = "") -> str:
    """Return the page as it is now; one that is watched knows the version of what it shows."""
    runs = source.runs()
    groups = group(runs)
    found = table(groups)
    content = {
        "source": source,
        "time": f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC",
        "watched": watched,
        "runs": runs,
        "groups": groups,
        "states": states(runs, len(source.folders())),
        "grids": words.grids(found),
        "remarks": list(words.remarks(found)),
        "curves": curves.curves(groups),
        "profiles": profiles.profiles(groups),
        "histograms": histograms.histograms(groups),
        "rasters": rasters.rasters(groups),
        "differences": configs.differences(groups),
        "environment": environment.environment(runs),
    }
    return page.render(content | {"figures": figures, "show": show})


def states(runs: Sequence[ShownRun], count: int) -> Counter[str]:
    """Return how many of all runs are in which state; those that were not begun are to do."""
    return Counter(run.state for run in runs) + Counter({"to do": count - len(runs)})
