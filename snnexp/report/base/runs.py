"""A run as a report shows it, finished or not."""

import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from snnexp.errors import UserError
from snnexp.files import reading
from snnexp.report.base.measured import Findings, read_measured
from snnexp.runs import history, results
from snnexp.runs.finished import NAME, Copied, Count
from snnexp.runs.status import read_cause, read_status


@dataclass(frozen=True)
class ShownRun:
    """What lies in a run's folder; `cause` says why it failed, or what is damaged.

    `result` is None until the run has finished, `measured` until its network was looked at.
    """

    folder: Path
    state: str
    cause: str
    text: str
    config: Mapping[str, Any]
    rows: list[history.Row]
    result: results.Result | None
    measured: Findings | None

    @property
    def exp(self) -> str:
        """The experiment."""
        return self.folder.parent.name

    @property
    def id(self) -> str:
        """The identity of its config, which seeds share."""
        return self.folder.name.partition("-")[0]

    @property
    def seed(self) -> int:
        """Its seed."""
        return self.config["seed"]

    @property
    def epochs(self) -> int:
        """Epochs that it will have trained at its end."""
        return self.config["trainer"]["epochs"]

    @property
    def command(self) -> str:
        """The command that trains it."""
        return self.text.partition("\n")[0].removeprefix("# ")

    @property
    def overrides(self) -> list[str]:
        """The overrides of that command."""
        try:
            return shlex.split(self.command)[2:]
        except ValueError:  # quotes that a hand has been at
            return self.command.split()[2:]


@dataclass(frozen=True)
class Group:
    """The runs of one config with different seeds, and a number that colours them."""

    number: int
    name: str
    runs: tuple[ShownRun, ...]

    @property
    def config(self) -> Mapping[str, Any]:
        """The config of its runs, with one's seed; that of a finished run is verified."""
        return next((run for run in self.runs if run.result), self.runs[0]).config

    @property
    def measured(self) -> Findings | None:
        """What was measured of the first run of which anything was."""
        return next((run.measured for run in self.runs if run.measured), None)

    @property
    def hue(self) -> int:
        """Degrees on the colour circle: blue first, then steps of the golden angle, which keep apart any count."""
        return round(255 + 137.5 * self.number) % 360


def read(folder: Path, count: Count) -> ShownRun:
    """Return a run's files; where these are not its own, or it is a copy, the run is shown with what is wrong.

    Raises:
        UserError: its config is not one.
    """
    text = reading.read(folder, "config.yaml").decode(errors="replace")
    state, cause, rows, result, measured = "to do", "", [], None, None
    try:
        state, cause = read_status(folder) or state, read_cause(folder)
        if state == "done":
            run = count.read(folder)
            rows, result = run.rows, run.result
            measured = read_measured(folder, result)
        else:
            rows = history.read(folder / "metrics.jsonl")
    except Copied as error:
        state, cause = "copy", str(error)
    except UserError as error:
        state, cause = "damaged", str(error)
    config = result["config"] if result else read_config(folder)  # YAML takes longer than all the rest
    begun = result is None and state != "damaged"
    if begun and NAME.fullmatch(folder.name) and not folder.name.endswith(f"-s{config['seed']}"):
        state, cause, rows = "copy", f"{folder}: a copy of a run with seed={config['seed']}; not counted", []
    return ShownRun(folder, state, cause, text, config, rows, result, measured)


def read_config(folder: Path) -> dict[str, Any]:
    """Return a run's config, with the keys that a report needs of each.

    Raises:
        UserError: it has not got them.
    """
    config = results.read_config(folder)
    trainer = config.get("trainer")
    counts = [config.get("seed"), trainer.get("epochs") if isinstance(trainer, dict) else None]
    if not all(isinstance(count, int) for count in counts) or not {"dataset", "regularizer"} <= config.keys():
        raise UserError(f"{folder / 'config.yaml'}: not a config; it was changed since it was written")
    return config
