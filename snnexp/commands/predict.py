"""`snnexp predict`: the classes that a finished run gives to files."""

import json
from collections.abc import Mapping
from pathlib import Path

from snnexp.config.arguments import Parser
from snnexp.errors import UserError
from snnexp.runs.status import find

HELP = """\
usage: snnexp predict RUN FILE... [--json] [KEY=VALUE ...] [--allow-module M]

Prints for each file the classes that a finished run finds most probable, with the softmax of its logits, which is
averaged over the clips of a recording. Pictures and recordings are read, sized and framed as its test set was; the
data set itself need not be there. For dvs128_gesture a file is a gesture as tonic cuts it (.npy), for digits_dvs a
picture for the simulated camera. RUN is its folder, or the beginning of the folder's name below runs_dir.

options:
  --json              a line of JSON for each file: {"file": ..., "class": ..., "probabilities": {CLASS: SHARE, ...}}
  --allow-module M    a module of your own whose parts the run's config may name (may be repeated)

examples:
  snnexp predict runs/quickstart/0123456789-s1 three.png
  snnexp predict 0123456789-s1 recordings/*.aedat4 --json device=cuda
"""
SHOWN = 3  # classes of a file, in words


def main(arguments: list[str]) -> int:
    """Print a line for each file, as soon as it is classified.

    Raises:
        UserError: no such run, or a file that cannot be read as one of the run's data set.
    """
    parser = Parser()
    parser.add_argument("--json", action="store_true")
    parser.own_parts()
    given, names, overrides = parser.parse_words(arguments)
    if len(names) < 2:
        raise UserError("predict: name a run and files, as in `snnexp predict runs/quickstart/0123456789-s1 three.png`")
    run, *files = names
    from snnexp.config.overrides import value_of  # late: imports Hydra

    folder = find(run, value_of(overrides, "runs_dir", "runs"))
    from snnexp.training.trained import load  # late: imports torch

    trained = load(folder, overrides, tuple(given.allow_modules))
    write = in_json if given.json else in_words
    for file in files:
        print(write(file, trained.classify(Path(file))), flush=True)
    return 0


def in_json(file: str, probabilities: Mapping[str, float]) -> str:
    """Return a file's line as JSON."""
    best = max(probabilities, key=lambda name: probabilities[name])
    return json.dumps({"file": file, "class": best, "probabilities": probabilities})


def in_words(file: str, probabilities: Mapping[str, float]) -> str:
    """Return a file's line: its most probable classes."""
    best = sorted(probabilities.items(), key=lambda each: -each[1])[:SHOWN]
    return f"{file}: " + ", ".join(f"{name} {100 * share:.1f} %" for name, share in best)
