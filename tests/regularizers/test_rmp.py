"""RMP-Loss: its value, gradient, schedule and sites."""

import pytest
import torch
from constants import RMP

from snnexp.errors import UserError
from snnexp.neurons.base import Record, Site, recording
from snnexp.neurons.lif import Lif
from snnexp.regularizers.base import Outputs
from snnexp.regularizers.rmp import Rmp
from snnexp.surrogates.rectangle import Rectangle

DEFAULTS = {"weight": 0.1, "schedule": "constant", "sites": "all", "tensor": "v_pre", "target": "spikes"}


def neuron(role: str = "inner", T: int = 4, **constants: float) -> Lif:
    return Lif(Site(f"{role}0", 0, 3, T, role), Rectangle(width=1.0), **vars(RMP) | constants)


def records_of(x: torch.Tensor, roles: list[str], needs: frozenset[str]) -> list[Record]:
    with recording(needs) as records:
        for scale, role in enumerate(roles, 1):
            neuron(role, len(x))(scale * x)
    return records


def outputs(records: list[Record], progress: float = 0.0) -> Outputs:
    """What a penalty is given of one sample."""
    return Outputs(torch.zeros(1, 2), torch.zeros(1, dtype=torch.int64), records, torch.tensor(float(progress)))


def minimum_form(v: torch.Tensor) -> torch.Tensor:
    return torch.minimum(v.abs(), (1 - v).abs()).square().mean()


def test_is_the_minimum_form_and_the_logged_quantization_error():
    records = records_of(torch.randn(4, 2, 300), ["inner", "output"], frozenset({"v_pre"}))
    expected = torch.stack([minimum_form(r.v_pre) for r in records]).mean()
    penalty = Rmp(**DEFAULTS).penalty(outputs(records))
    torch.testing.assert_close(penalty, 0.1 * expected)
    torch.testing.assert_close(penalty, 0.1 * torch.stack([r.quantization_error for r in records]).mean())


@pytest.mark.parametrize(("std", "expected"), [(0.5, 0.1667), (1.0, 0.6044)])
def test_values_at_initialisation(std, expected):
    quantiles = (torch.arange(100_000, dtype=torch.float64) + 0.5) / 100_000
    records = records_of(std * torch.special.ndtri(quantiles).view(1, 1, -1), ["inner"], frozenset())
    penalty = Rmp(**DEFAULTS | {"weight": 1.0}).penalty(outputs(records))
    assert abs(penalty.item() - expected) < 1e-4


@pytest.mark.parametrize("layers", [1, 3])
def test_gradient_is_twice_the_distance_over_layers_and_elements_without_a_surrogate(layers: int):
    x = torch.tensor([[[-0.4, 0.45, 0.55, 1.3]]], requires_grad=True)
    records = [
        *records_of(x, ["inner"], frozenset()),
        *records_of(torch.rand(4, 2, 9), ["inner"], frozenset()) * (layers - 1),
    ]
    (dx,) = torch.autograd.grad(Rmp(**DEFAULTS | {"weight": 1.0}).penalty(outputs(records)), x)
    torch.testing.assert_close(dx.flatten(), 2 * torch.tensor([-0.4, 0.45, -0.45, 0.3]) / (4 * layers))


@pytest.mark.parametrize(
    ("schedule", "weights"),
    [("triangle", [0, 0.05, 0.1, 0.05, 0]), ("linear", [0, 0.025, 0.05, 0.075, 0.1]), ("constant", [0.1] * 5)],
)
def test_schedules(schedule, weights):
    records = records_of(torch.randn(4, 2, 30), ["inner"], frozenset())
    rmp, error = Rmp(**DEFAULTS | {"schedule": schedule}), records[0].quantization_error.item()
    for progress, weight in zip([0, 0.25, 0.5, 0.75, 1], weights, strict=True):
        assert rmp.penalty(outputs(records, progress)).item() == pytest.approx(weight * error)
        assert rmp.constants(torch.tensor(float(progress))) == {"lambda": pytest.approx(weight)}


def test_block_outputs_of_the_input_current():
    rmp = Rmp(**DEFAULTS | {"sites": "block_outputs", "tensor": "x"})
    records = records_of(torch.randn(4, 2, 30), ["stem", "inner", "output"], rmp.needs)
    expected = (minimum_form(records[0].x) + minimum_form(records[2].x)) / 2
    torch.testing.assert_close(rmp.penalty(outputs(records)), 0.1 * expected)


@pytest.mark.parametrize(
    ("target", "expected", "slopes"),
    [
        ("zero", [0.16, 0.2025, 0.3025, 1.69], [-0.4, 0.45, 0.55, 1.3]),
        ("threshold", [0.81, 0.0025, 0.0025, 0.64], [-0.9, -0.05, 0.05, 0.8]),
        ("quarters", [0.4225, 0.04, 0.04, 0.3025], [-0.65, 0.2, -0.2, 0.55]),
    ],
)
@pytest.mark.parametrize("tensor", ["v_pre", "x"])
def test_controls_pull_elsewhere(tensor: str, target: str, expected: list[float], slopes: list[float]):
    rmp = Rmp(**DEFAULTS | {"weight": 1.0, "target": target, "tensor": tensor})
    assert rmp.needs == {tensor}
    x = torch.tensor([[[-0.4, 0.45, 0.55, 1.3]]], requires_grad=True)
    penalty = rmp.penalty(outputs(records_of(x, ["inner"], rmp.needs)))
    torch.testing.assert_close(penalty, torch.tensor(expected).mean())
    torch.testing.assert_close(torch.autograd.grad(penalty, x)[0].flatten(), 2 * torch.tensor(slopes) / 4)


def test_refuses_another_threshold_and_a_negative_weight():
    with pytest.raises(UserError, match=r"v_threshold=1\.0"):
        Rmp(**DEFAULTS).check(neuron(v_threshold=1.0))
    with pytest.raises(UserError, match=r"weight=-0\.1"):
        Rmp(**DEFAULTS | {"weight": -0.1})


@pytest.mark.parametrize(
    ("schedule", "weight", "epochs", "idle"),
    [
        ("triangle", 0.1, 1, True),
        ("linear", 0.1, 1, True),
        ("constant", 0.0, 3, True),
        ("triangle", 0.1, 2, False),
        ("constant", 0.1, 1, False),
    ],
)
def test_warns_where_lambda_is_0_throughout(schedule: str, weight: float, epochs: int, idle: bool):
    told = Rmp(**DEFAULTS | {"schedule": schedule, "weight": weight}).warnings(epochs)
    assert bool(told) == idle and all("rmp does nothing, its lambda is 0 in every epoch" in each for each in told)
