"""`snnexp report`: a run or a sweep as one page to look at."""

from pathlib import Path

from snnexp.config.arguments import Parser
from snnexp.errors import UserError
from snnexp.machine import logs

HELP = """\
usage: snnexp report RUN|SWEEP [--watch] [--out FILE] [KEY=VALUE ...] [--allow-module M]

Writes one HTML page that needs no network: learning curves, firing rate and quantization error of each layer,
histograms of the membrane potential, the spikes of one sample, the table with means over seeds and seeds compared,
configs and what they differ in, environment; unfinished runs are shown as far as they have come. SWEEP is a
folder with runs below it, or a sweep's record <runs_dir>/sweeps/<id>.json. Potentials and spikes are measured once, on
a part of the test set, of one finished run a config and of at most eight configs. KEY=VALUE may be runs_dir, device or
dataset.root.

options:
  --watch       serve the page to this machine alone and follow its runs until Ctrl-C; nothing is measured
  --out FILE    the page's file (report.html in the folder, or beside the sweep's record)
  --allow-module M    a module of your own whose parts the run's config may name (may be repeated)

examples:
  snnexp report runs/quickstart/0123456789-s1
  snnexp report runs/sweeps/0123456789.json --watch
"""
TAKEN = ("runs_dir", "device", "dataset.root")  # what may differ from where a run was trained


def main(arguments: list[str]) -> int:
    """Write a page and print its path, or serve it until it is stopped.

    Raises:
        UserError: no such run or sweep, no folder to write to, or a config or a record that was changed.
    """
    parser = Parser()
    parser.add_argument("--watch", action="store_true")
    parser.add_argument("--out", type=Path)
    parser.own_parts()
    given, names, overrides = parser.parse_words(arguments)
    from snnexp import report  # late: these import Hydra
    from snnexp.config.overrides import overridden, value_of

    if len(names) != 1:
        raise UserError("report: name a run, a folder of runs or a sweep, as in `snnexp report runs/rmp_cifar10`")
    for word in overrides:
        if overridden(word) not in TAKEN:
            raise UserError(f"{word}: a report shows runs as they are; there are {'=, '.join(TAKEN)}= alone")
    if given.watch and given.out:
        raise UserError("--out: --watch serves the page and writes no file; give one of the two")
    source = report.locate(names[0], value_of(overrides, "runs_dir", "runs"))
    if given.watch:
        return report.serve(source)
    logs.configure()
    print(report.write(source, given.out or source.page, overrides, tuple(given.allow_modules)))
    return 0
