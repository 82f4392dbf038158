"""MLflow, by its own client."""

import os
import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Literal

from snnexp.config.hints import leaves
from snnexp.loggers.base import Logger, Row, Shown, need, scalars

ENDS = {"done": "FINISHED", "failed": "FAILED", "preempted": "KILLED"}
LONGEST, MOST = 6000, 100  # characters of a parameter, and how many are sent at once


class Mlflow(Logger):
    """Shows a run in one run of MLflow, however often it is stopped; an epoch is a step, the config its parameters.

    A finished run's figures are the metrics `result/...`. MLflow's reports of its own use are turned off, unless
    `MLFLOW_DISABLE_TELEMETRY=false` is set.

    Raises:
        UserError: the package is not installed.
    """

    def __init__(self, *, tracking_uri: str | None) -> None:
        need("mlflow", "mlflow")
        self.tracking_uri = tracking_uri

    def begin(self, run: Shown, rows: Sequence[Row]) -> None:
        os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")  # read when it is imported
        from mlflow import MlflowClient  # late: seconds, and only some runs need it

        self.client = MlflowClient(self.tracking_uri)
        self.id = self.take_up(run) or self.make(run)
        self.epochs: dict[str, int] = defaultdict(lambda: -1)  # the last that each metric has there
        for name in {name for row in rows for name, _ in scalars(row)}:
            found = self.client.get_metric_history(self.id, name)
            self.epochs[name] = max((metric.step for metric in found), default=-1)
        for row in rows:
            self.log(row)

    def take_up(self, run: Shown) -> str | None:
        """Continue the earlier run; None where there is none in this store."""
        from mlflow.exceptions import MlflowException

        if (name := run.recall("mlflow")) is None:
            return None
        try:
            self.client.get_run(name)
        except MlflowException as error:
            if error.error_code != "RESOURCE_DOES_NOT_EXIST":  # the run may be there: no second one is made for it
                raise
            return None
        self.client.update_run(name, "RUNNING")
        return name

    def make(self, run: Shown) -> str:
        """Make a run, with the config, in the list of its experiment."""
        from mlflow.entities import Param

        there = self.client.get_experiment_by_name(run.exp)
        experiment = self.client.create_experiment(run.exp) if there is None else there.experiment_id
        made = self.client.create_run(experiment, run_name=run.folder.name).info.run_id
        params = [Param(name, str(value)[:LONGEST]) for name, value in leaves(run.config)]
        for first in range(0, len(params), MOST):
            self.client.log_batch(made, params=params[first : first + MOST])
        run.remember("mlflow", made)
        return made

    def log(self, row: Row) -> None:
        missing = {name: value for name, value in scalars(row) if self.epochs[name] < row["epoch"]}
        self.write(missing, row["epoch"])
        self.epochs.update(dict.fromkeys(missing, int(row["epoch"])))

    def write(self, values: Mapping[str, float], step: int) -> None:
        """Log numbers of one step."""
        from mlflow.entities import Metric

        now = time.time_ns() // 1_000_000
        self.client.log_batch(self.id, [Metric(name, value, now, step) for name, value in values.items()])

    def end(self, status: Literal["done", "failed", "preempted"], figures: Mapping[str, float]) -> None:
        self.write({f"result/{name}": value for name, value in figures.items()}, max(self.epochs.values(), default=0))
        self.client.set_terminated(self.id, ENDS[status])
