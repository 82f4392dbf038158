"""From a composed config to one result: assemble the parts, fit, write down."""

import logging
from pathlib import Path
from typing import NamedTuple

from snnexp.config.compose import Composed, compose_stored
from snnexp.datasets.base import Dataset
from snnexp.machine.devices import check_devices
from snnexp.machine.launch import place, start
from snnexp.machine.signals import Signals
from snnexp.machine.team import Team
from snnexp.metrics.figures import INSPECTED, present
from snnexp.ops.lif import implementation
from snnexp.runs import checkpoint, finished, results
from snnexp.runs.beginning import weights_file
from snnexp.runs.identity import Identity, amount
from snnexp.runs.versions import peak_memory
from snnexp.training.assembly import make, prepare
from snnexp.training.beginning import begin
from snnexp.training.continuing import take_up
from snnexp.training.contracts import Batches, Row
from snnexp.training.evaluation import measure
from snnexp.training.journal import RunJournal
from snnexp.training.lineage import seen, source
from snnexp.training.loading import load
from snnexp.training.trainer import Trainer

log = logging.getLogger(__name__)


def main(composed: Composed, config_dir: str | None = None) -> int:
    """Train the composed experiment, or continue it, and print its result: `snnexp train`."""
    rank, _, started = place()
    if (size := composed.config["launch"]["nproc"]) > started:
        check_devices(composed.config["device"], size)
        prepare(composed)  # so that mistakes are reported once; on the CPU, since this process only waits then
        options = ["--config-dir", config_dir] if config_dir else []
        options += [f"--allow-module={module}" for module in composed.allow_modules]
        return start(size, composed.config["threads"], [*options, *composed.overrides])
    result = train(composed)
    if rank == 0:
        print(results.summary(result))
    return 0


def train(composed: Composed) -> Row:
    """Train one run to its end and return its result; a finished run is skipped.

    Raises:
        UserError: for all that is wrong with the config or the data, before data are opened where that is possible.
        Preempted: a signal asked it to stop; it has saved its state.
    """
    with Signals() as signals, Team(composed.config["device"]) as team:
        dataset, trainer = make(composed, team)
        with RunJournal(composed, dataset, team, signals) as journal:
            if journal.result is not None:
                log.info("finished before: %s", journal.result["folder"])
                return journal.result
            return fit(composed, dataset, trainer, journal)


def fit(composed: Composed, dataset: Dataset, trainer: Trainer, journal: RunJournal) -> Row:
    """Train the run that a journal holds to its end, and return its result."""
    begun = begin_from(composed, trainer, journal.identity)
    data = load(composed, dataset, trainer)
    if journal.run is not None:
        take_up(composed, journal.identity, journal.run, trainer, data.train)
    own = source(dataset.name, journal.identity.record["data"], composed.config["dataset"])
    found = [*warnings(trainer), *seen(begun, own, dataset, data.labels)]
    for each in found:
        log.warning("%s", each)
    log.info("%s, LIF operator %s, %s", trainer.device, implementation(trainer.device), dataset.describe())
    row = trainer.fit(data.train, data.test, journal, data.validation)
    if journal.run is None:
        return row
    checkpoint.save_weights(
        journal.run.folder / checkpoint.WEIGHTS, trainer.evaluated.network.state_dict(), [*begun, own]
    )
    if trainer.best.weights:
        checkpoint.save_weights(journal.run.folder / checkpoint.BEST, trainer.best.weights, [*begun, own])
    measured = outcome(row, trainer) | {name: row[name] for name in INSPECTED} | {"warnings": found}
    return journal.run.finish(measured | {"seconds": journal.run.seconds, "data": dataset.describe()})


def begin_from(composed: Composed, trainer: Trainer, identity: Identity) -> list[checkpoint.Source | None]:
    """Load what `init_from` names, and return what that was trained on; nothing where it names nothing."""
    config = composed.config
    if config["init_from"] is None:
        return []
    path = weights_file(config["init_from"], config["runs_dir"])
    return begin(trainer.network, path, config["init_skip"], identity.record["init_from"])


def outcome(row: Row, trainer: Trainer) -> Row:
    """Return what a finished fit leaves for result.json: the last epoch's figures, and the best epoch's."""
    found = {figure.key: value for figure, value in present(row) if "." not in figure.key}
    parameters = sum(p.numel() for p in trainer.network.parameters())
    found |= {"continued": trainer.continued} if trainer.continued else {}
    return found | {"epochs": row["epoch"] + 1, "parameters": parameters, "peak_memory": peak_memory(trainer.device)}


def warnings(trainer: Trainer) -> list[str]:
    """Return what makes the run another experiment than its name says: methods that do nothing in so many epochs."""
    return [warning for each in trainer.regularizers for warning in each.warnings(trainer.config.epochs)]


class Opened(NamedTuple):
    """A finished run's network with its weights, and the test set; `last` is the `progress` of its last epoch."""

    trained: finished.Finished
    dataset: Dataset
    trainer: Trainer
    test: Batches
    last: float


def opened(run: str, overrides: list[str], allow_modules: tuple[str, ...] = ()) -> Opened:
    """Make a finished run's network again, after verifying its files.

    Raises:
        UserError: a file that was changed, wrong overrides, or data that are missing.
    """
    trained = finished.read(Path(run))
    composed = compose_stored(trained.config, overrides, allow_modules)
    dataset, trainer = make(composed)
    checkpoint.load_weights(trained.file(checkpoint.WEIGHTS), trainer.network)
    last = (trained.result.get("epochs", trainer.config.epochs) - 1) / trainer.config.epochs
    return Opened(trained, dataset, trainer, load(composed, dataset, trainer).test, last)


def evaluate_main(run: str, overrides: list[str], allow_modules: tuple[str, ...] = ()) -> int:
    """Compute the test figures of a finished run's weights again: `snnexp eval`."""
    trained, dataset, trainer, test, last = opened(run, overrides, allow_modules)
    figures = measure(trainer.objective, test, trainer.team, last)
    texts = {figure: figure.text(value) for figure, value in present(figures) if figure.short}
    recorded = {figure: figure.text(value) for figure, value in present(trained.result) if figure in texts}
    differing = [f"{figure.short} {text}" for figure, text in recorded.items() if text != texts[figure]]
    differs = "other overrides, data, device or versions"
    found = [f"the run measured {', '.join(differing)}: {differs}"] if differing else []
    data, then = dataset.fingerprint(), trained.result.get("identity", {}).get("data")
    if data and then and data != then:
        found.append(f"other data than the run's: {amount(data)} in place of {amount(then)}")
    print(results.summary(figures | {"warnings": found, "folder": run}))
    return 0
