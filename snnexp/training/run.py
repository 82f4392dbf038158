"""From a composed config to one result: assemble the parts, fit, write down."""

import logging
import time
from pathlib import Path

from snnexp.config.compose import Composed, compose_stored
from snnexp.machine.devices import check_devices
from snnexp.machine.launch import place, start
from snnexp.machine.signals import Signals
from snnexp.machine.team import Team
from snnexp.metrics.figures import INSPECTED, present
from snnexp.ops.lif import implementation
from snnexp.runs import checkpoint, finished, results
from snnexp.runs.beginning import weights_file
from snnexp.runs.identity import amount
from snnexp.runs.versions import peak_memory
from snnexp.training.assembly import make, prepare
from snnexp.training.beginning import begin
from snnexp.training.continuing import take_up
from snnexp.training.contracts import Row
from snnexp.training.evaluation import measure
from snnexp.training.journal import RunJournal
from snnexp.training.loading import load
from snnexp.training.trainer import Trainer

log = logging.getLogger(__name__)


def main(composed: Composed, config_dir: str | None = None) -> int:
    """`snnexp train`: train the composed experiment, or continue it, and print its result."""
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
    began = time.perf_counter()
    with Signals() as signals, Team(composed.config["device"]) as team:
        dataset, trainer = make(composed, team)
        with RunJournal(composed, dataset, team, signals) as journal:
            if journal.result is not None:
                log.info("finished before: %s", journal.result["folder"])
                return journal.result
            if (init_from := composed.config["init_from"]) is not None:
                path = weights_file(init_from, composed.config["runs_dir"])
                begin(trainer.network, path, composed.config["init_skip"])
            train, test, validation = load(composed, dataset, trainer)
            if journal.run is not None:
                take_up(composed, journal.identity, journal.run, trainer, train)
            for warning in warnings(trainer):
                log.warning("%s", warning)
            log.info("%s, LIF operator %s, %s", team.device, implementation(team.device), dataset.describe())
            row = trainer.fit(train, test, journal, validation)
            if journal.run is None:
                return row
            checkpoint.save_weights(journal.run.folder / checkpoint.WEIGHTS, trainer.network.state_dict())
            if trainer.best.weights:
                checkpoint.save_weights(journal.run.folder / checkpoint.BEST, trainer.best.weights)
            measured = outcome(row, trainer) | {name: row[name] for name in INSPECTED}
            measured |= {"seconds": time.perf_counter() - began, "data": dataset.describe()}
            return journal.run.finish(measured)


def outcome(row: Row, trainer: Trainer) -> Row:
    """What a finished fit leaves for result.json: the last epoch's test figures, and the best epoch beside it."""
    found = {figure.key: value for figure, value in present(row) if "." not in figure.key}
    parameters = sum(p.numel() for p in trainer.network.parameters())
    memory = peak_memory(trainer.device)
    found |= {"continued": trainer.continued} if trainer.continued else {}
    found |= {"epochs": row["epoch"] + 1, "warnings": warnings(trainer)}
    return found | {"parameters": parameters, "peak_memory": memory}


def warnings(trainer: Trainer) -> list[str]:
    """What makes the run another experiment than its name says: methods that do nothing in so many epochs."""
    return [warning for each in trainer.regularizers for warning in each.warnings(trainer.config.epochs)]


def evaluate_main(run: str, overrides: list[str], allow_modules: tuple[str, ...] = ()) -> int:
    """`snnexp eval`: the test figures of a finished run's weights, computed again."""
    trained = finished.read(Path(run))
    composed = compose_stored(trained.config, overrides, allow_modules)
    dataset, trainer = make(composed)
    checkpoint.load_weights(trained.file(checkpoint.WEIGHTS), trainer.network)
    last = (trained.result.get("epochs", trainer.config.epochs) - 1) / trainer.config.epochs
    figures = measure(trainer.objective, load(composed, dataset, trainer).test, trainer.team, last)
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
