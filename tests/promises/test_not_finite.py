"""NaN or infinity in a step ends a run before the optimizer's step; `nan_policy` says what else may follow."""

import json
import math
from collections.abc import Callable
from pathlib import Path

import pytest
from torch import Tensor
from trainings import SMALL, outcome

from snnexp.commands import main
from snnexp.errors import FAILURE
from snnexp.losses.base import Loss
from snnexp.runs import checkpoint
from snnexp.runs.status import read_status
from snnexp.training import assembly
from snnexp.training.trainer import Trainer

STEP = 17  # of the training: the sixth of the second epoch's twelve
PLACES = {
    "data": "the data is",
    "potential": "the potential of layer output1 is",
    "loss": "the loss is",
    "gradient": "the gradient of head.weight is",
}


class Spoilt(Loss):
    """A loss to which something is added."""

    def __init__(self, loss: Loss, add: Callable[[Tensor], Tensor]) -> None:
        self.loss, self.add = loss, add

    def __call__(self, logits: Tensor, y: Tensor, progress: Tensor) -> Tensor:
        return self.add(self.loss(logits, y, progress))


class Spoiler:
    """Adds a value to one place of one training step, and to nothing else."""

    def __init__(self, place: str, value: float) -> None:
        self.place, self.value, self.on = place, value, False

    def add(self, given: Tensor) -> Tensor:
        return given + self.value if self.on else given

    def spoil(self, trainer: Trainer) -> Trainer:
        """The trainer, one of whose steps will be spoilt."""
        loss, network, begin = trainer.objective.loss, trainer.network, trainer.step.in_parts

        def in_parts(x: Tensor, y: Tensor, number: int) -> None:
            self.on = number == STEP
            begin(self.add(x) if self.place == "data" else x, y, number)
            self.on = False

        trainer.step.in_parts = in_parts
        if self.place == "loss":
            trainer.objective.loss = Spoilt(loss, self.add)
        elif self.place == "potential":
            network.get_submodule("conv2").register_forward_hook(lambda _, __, out: self.add(out))
        elif self.place == "gradient":
            network.get_parameter("head.weight").register_hook(self.add)
        return trainer


def run(folder: Path, spoiler: Spoiler | None, *words: str) -> int:
    """`snnexp train` with a trainer that spoils a step."""
    with pytest.MonkeyPatch.context() as patch:
        if spoiler is not None:
            made = assembly.make_trainer
            patch.setattr(assembly, "make_trainer", lambda *given: spoiler.spoil(made(*given)))
        return main(["train", *SMALL, f"runs_dir={folder}", *words])


@pytest.fixture(scope="module")
def expected(tmp_path_factory: pytest.TempPathFactory):
    """What a run ends with in which all is finite."""
    folder = tmp_path_factory.mktemp("whole")
    assert run(folder, None) == 0
    return outcome(folder)


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.count(1, 3)
def test_stops_before_the_weights_change_and_names_place_and_step(
    place: str, count: int, expected, tmp_path: Path, capsys, figure
):
    values = [math.nan, math.inf, -math.inf][:count]
    for value in values:
        runs = tmp_path / str(value)
        assert run(runs, Spoiler(place, value)) == FAILURE
        assert f"snnexp: epoch 2, step 6: {PLACES[place]} not finite" in capsys.readouterr().err.splitlines()[-1]
        (folder,) = runs.glob("*/*")
        assert read_status(folder) == "failed"
        state = checkpoint.load_latest(folder)
        assert state is not None and (state["epoch"], state["step"]) == (1, 0)
        assert run(runs, None) == 0
        assert outcome(runs) == expected
    text = (
        f"{', '.join(map(str, values))} each stopped at its step, the place named; from the checkpoint before, equal "
    )
    figure(f"NaN and infinity: {place}", text + "bit for bit")


@pytest.mark.parametrize(
    ("policy", "counted", "found"), [("skip", "skipped_steps", [0, 1, 0]), ("rollback", "rollbacks", [0, 1, 1])]
)
def test_the_other_policies_go_on_and_are_recorded(policy: str, counted: str, found: list[int], tmp_path: Path, figure):
    assert run(tmp_path, Spoiler("gradient", math.nan), f"trainer.nan_policy={policy}") == 0
    (folder,) = tmp_path.glob("*/*")
    rows = [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]
    assert [row[counted] for row in rows] == found
    assert all(math.isfinite(row["train_loss"]) for row in rows)
    figure(f"NaN and infinity: nan_policy={policy}", f"went on to the end; {counted} by epoch {found}")
