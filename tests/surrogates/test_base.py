"""A surrogate stated in PyTorch alone runs by the reference, and may change over a training."""

import logging
from dataclasses import dataclass

import pytest
import torch
from constants import RMP

from snnexp.config.compose import compose
from snnexp.norms.layers import BatchNorm
from snnexp.ops import lif as operator
from snnexp.ops import norm_lif
from snnexp.ops.lif import lif, reference
from snnexp.regularizers.mpr import Phi
from snnexp.surrogates.atan import Atan
from snnexp.surrogates.base import Surrogate
from snnexp.surrogates.dspike import Dspike
from snnexp.surrogates.esg import Esg
from snnexp.surrogates.rectangle import Rectangle
from snnexp.surrogates.sigmoid import Sigmoid
from snnexp.surrogates.tanh import Tanh
from snnexp.surrogates.triangle import Triangle
from snnexp.training.assembly import make


@dataclass(frozen=True, kw_only=True)
class Narrowing(Surrogate):
    """A window of width 2 that narrows to 1 over the training."""

    height: float = 1.0

    def __call__(self, z):
        return self.height * (z.abs() <= 1 - self.progress / 2).to(z.dtype)


class Unstated(Phi):
    cpp = None


class Doubled(Atan):
    """Has the C++ expression of another surrogate."""

    def __call__(self, z):
        return 2 * super().__call__(z)


class Steeper(Phi):
    """Has the C++ expression of another derivative."""

    def derivative(self, v_pre):
        return 2 * super().derivative(v_pre)


WINDOWED = [Rectangle(width=1.5), Tanh(k=3.0), Triangle(gamma=0.7), Dspike()]


@pytest.mark.parametrize("surrogate", WINDOWED, ids=lambda each: type(each).__name__)
def test_has_a_gradient_within_its_window_alone(surrogate):
    z = surrogate.half_width * torch.tensor([-1.001, -0.999, 0.999, 1.001], dtype=torch.float64)
    assert (surrogate(z) != 0).tolist() == [False, True, True, False]


@pytest.mark.parametrize("surrogate", [Atan(), Esg(), Sigmoid()], ids=lambda each: type(each).__name__)
def test_has_no_window_where_there_is_a_gradient_everywhere(surrogate):
    assert surrogate.half_width is None and (surrogate(torch.tensor([-3.0, 3.0], dtype=torch.float64)) > 0).all()


def gradient(x: torch.Tensor, form, *maps) -> torch.Tensor:
    (dx,) = torch.autograd.grad(form(x, RMP, *maps).spikes.sum(), x)
    return dx


@pytest.mark.parametrize("maps", [(Narrowing(),), (Narrowing(), Unstated()), (Doubled(), Steeper())])
def test_a_missing_form_is_the_reference_and_said_once(maps, caplog):
    operator.states.cache_clear()
    operator.warn.cache_clear()
    x = torch.randn(4, 2, 3, 5, requires_grad=True)
    with caplog.at_level(logging.WARNING):
        found = [gradient(x, lif, *maps) for _ in range(2)]
    expected = gradient(x, reference.lif, *maps)
    assert all(torch.equal(each, expected) for each in found) and expected.any()
    assert [message.partition(" has no ")[0] for message in caplog.messages] == [type(each).__name__ for each in maps]


def test_a_missing_form_is_the_reference_behind_a_norm_too():
    x, norm, maps = torch.randn(4, 2, 3, 5, 5), BatchNorm(3), (Narrowing(), None)
    ours = norm.lif(x, RMP, *maps, residual=None, T=None)
    assert norm_lif.form("cpu", *map(type, maps)) is None
    assert torch.equal(ours.spikes, reference.lif(norm(x), RMP, *maps).spikes)


def test_one_that_changes_reads_how_far_the_training_is():
    _, trainer = make(compose(["backbone.width=2", "T=1", "device=cpu"]))
    surrogate, z = Narrowing(), torch.tensor([0.4, 0.8])
    trainer.network.spike1.neuron.surrogate = surrogate
    objective = type(trainer.objective)(trainer.network, trainer.loss, [], torch.device("cpu"), amp=False)
    assert surrogate(z).tolist() == [1, 1]
    objective.progress.fill_(0.8)
    assert surrogate(z).tolist() == [1, 0] and surrogate == Narrowing()
