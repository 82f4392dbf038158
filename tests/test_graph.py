"""CUDA graphs of whole training steps; on a CPU only that none is made."""

import pytest
import torch

from snnexp.assembly import load, make
from snnexp.config import compose
from snnexp.errors import UserError

SETTINGS = ["T=2", "backbone.width=8", "trainer.epochs=2", "trainer.deterministic=true", "regularizer=[rmp]"]


class Kept:
    """A journal that keeps rows."""

    def __init__(self) -> None:
        self.rows: list[dict] = []

    def load(self):
        return None

    def log(self, row):
        self.rows.append({k: v for k, v in row.items() if k not in ("seconds", "samples_per_second")})

    def save(self, state, step):
        pass

    def stopped_by(self):
        return None


def train(*overrides: str):
    composed = compose([*SETTINGS, *overrides])
    dataset, trainer = make(composed)
    journal = Kept()
    trainer.fit(*load(composed, dataset, trainer), journal)
    return trainer, journal.rows


def test_a_cpu_has_none():
    _, trainer = make(compose(["device=cpu", "trainer.cuda_graph=auto"]))
    assert trainer.step.graph is None


def test_one_that_cannot_be_is_refused():
    with pytest.raises(UserError, match=r"^trainer.cuda_graph=true: needs a CUDA device, .*; choose auto$"):
        make(compose(["device=cpu", "trainer.cuda_graph=true"]))


@pytest.mark.cuda
@pytest.mark.parametrize("overrides", [[], ["optimizer=adam"], ["trainer.grad_clip=0.5"], ["trainer.nan_policy=skip"]])
def test_replayed_steps_give_the_same_bits(overrides):
    (graphed, rows), (plain, same_rows) = (train(*overrides, f"trainer.cuda_graph={on}") for on in ("true", "false"))
    assert graphed.step.graph is not None and graphed.step.graph.graph is not None and plain.step.graph is None
    assert rows == same_rows
    states = graphed.network.state_dict(), plain.network.state_dict()
    assert [name for name in states[0] if not torch.equal(states[0][name], states[1][name])] == []


@pytest.mark.cuda
def test_a_replayed_step_that_is_not_finite_changes_no_weight():
    _, trainer = make(compose(SETTINGS))
    x, y = torch.rand(64, 1, 8, 8, device="cuda"), torch.arange(64, device="cuda") % 10
    trainer.network.train()
    for step in range(6):
        trainer.step(x, y, step)
    before = [p.clone() for p in trainer.network.parameters()]
    trainer.step(x * torch.nan, y, 6)
    found = trainer.step.watch.found()
    assert found is not None and found.startswith("step 7: the data is not finite")
    assert all(torch.equal(a, b) for a, b in zip(before, trainer.network.parameters(), strict=True))
