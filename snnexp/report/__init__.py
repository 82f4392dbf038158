"""`snnexp report`: a run or a sweep as one page to look at."""

from argparse import Namespace
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from snnexp.config.arguments import Parser
from snnexp.config.hints import show
from snnexp.config.overrides import overridden, value_of
from snnexp.errors import UserError
from snnexp.files import atomic
from snnexp.machine import logs
from snnexp.report import configs, curves, environment, figures, histograms, page, profiles, watch
from snnexp.report.base.runs import Run
from snnexp.report.groups import group
from snnexp.report.measuring import measure_missing
from snnexp.report.sources import Source, locate
from snnexp.report.table import table
from snnexp.tables import words

TAKEN = ("runs_dir", "device", "dataset.root")  # what may differ from where a run was trained


def main(arguments: list[str]) -> int:
    """Write a page and print its path, or serve it until it is stopped.

    Raises:
        UserError: no such run or sweep, no folder to write to, or a config or a record that was changed.
    """
    given = parse(arguments)
    source = locate(given.names[0], value_of(given.overrides, "runs_dir", "runs"))
    if given.watch:
        return serve(source)
    out = given.out or source.page
    if not out.parent.is_dir():
        raise UserError(f"--out {out}: no such folder; make it, or name another file")
    logs.configure()
    measure_missing(group(source.runs()), given.overrides, tuple(given.allow_module))
    atomic.write(out, text(source).encode())
    print(out)
    return 0


def parse(arguments: list[str]) -> Namespace:
    """What the command is given."""
    parser = Parser()
    parser.add_argument("words", nargs="*")
    parser.add_argument("--watch", action="store_true")
    parser.add_argument("--out", type=Path)
    parser.add_argument("--allow-module", action="append", default=[])
    given = parser.parse_intermixed_args(arguments)
    given.names = [word for word in given.words if "=" not in word]
    given.overrides = [word for word in given.words if "=" in word]
    if len(given.names) != 1:
        raise UserError("report: name a run, a folder of runs or a sweep, as in `snnexp report runs/rmp_cifar10`")
    for word in given.overrides:
        if overridden(word) not in TAKEN:
            raise UserError(f"{word}: a report shows runs as they are; there are {'=, '.join(TAKEN)}= alone")
    if given.watch and given.out:
        raise UserError("--out: --watch serves the page and writes no file; give one of the two")
    return given


def serve(source: Source) -> int:
    """Serve the page, made anew whenever one of its runs has changed."""
    with watch.server(source.version, lambda version: text(source, version)) as server:
        print(f"http://{watch.HOST}:{server.server_port}/ follows {source.path}; Ctrl-C ends it", flush=True)
        with suppress(KeyboardInterrupt):
            server.serve_forever()
    return 0


def text(source: Source, watched: str = "") -> str:
    """The page as it is now; one that is watched knows the version of what it shows."""
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
        "differences": configs.differences(groups),
        "environment": environment.environment(runs),
    }
    return page.render(content | {"figures": figures, "show": show})


def states(runs: Sequence[Run], count: int) -> Counter[str]:
    """How many of all runs are in which state; those that were not begun are to do."""
    return Counter(run.state for run in runs) + Counter({"to do": count - len(runs)})
