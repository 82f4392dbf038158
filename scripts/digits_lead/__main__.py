#!/usr/bin/env python3
"""Trains one network on digits by plain scripts of SpikingJelly and snnTorch, and by snnexp with their choices.

python scripts/digits_lead SEED...    trains what results/controls/digits_lead.csv lacks of these seeds of 1 to 10;
                                      others may be trained at the same time
python scripts/digits_lead            writes the section of docs/evidence.md from the rows that are kept
"""

import csv
import sys
from collections.abc import Iterable
from pathlib import Path

from conditions import SNNEXP, trained
from networks import SCRIPTS
from section import section

from snnexp.files.tabular import to_csv
from snnexp.tables import pages

KEPT = Path("results/controls/digits_lead.csv")
COLUMNS = ("condition", "seed", "accuracy", "parameters", "right", "commit")


def main(seeds: list[int]) -> None:
    """Train what is lacking of some seeds; without any, write the page."""
    for name, seed in lacking(seeds):
        keep({"condition": name, "seed": seed} | trained(name, seed))
        print(name, seed, flush=True)
    if not seeds:
        pages.replace(Path("docs/evidence.md"), "digits lead", section(read()))


def lacking(seeds: Iterable[int]) -> list[tuple[str, int]]:
    """Return the runs to train: snnexp and SpikingJelly, seed by seed, then snnTorch, all choices, and each of them."""
    kept = {(row["condition"], int(row["seed"])) for row in read()}
    plain, chosen, *single = SNNEXP
    first, *others = SCRIPTS
    order = [(plain, first), others, (chosen,), single]
    return [(name, seed) for names in order for seed in seeds for name in names if (name, seed) not in kept]


def keep(row: dict[str, object]) -> None:
    """Append a row, in one piece: others may append, too."""
    text = to_csv(COLUMNS, [row])
    KEPT.parent.mkdir(parents=True, exist_ok=True)
    with KEPT.open("a") as file:
        file.write(text if file.tell() == 0 else text.partition("\n")[2])


def read() -> list[dict[str, str]]:
    """Return the rows that are kept."""
    return [*csv.DictReader(KEPT.read_text().splitlines())] if KEPT.exists() else []


if __name__ == "__main__":
    main([int(each) for each in sys.argv[1:]])
