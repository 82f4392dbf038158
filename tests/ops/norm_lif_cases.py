"""Cases of normalisation and neuron as one operator, and the check that the fused form equals the reference."""

import importlib
from types import ModuleType

import torch
from lif_cases import Case, arguments, limit

FACTORS = {
    "reset": ["hard", "soft"],
    "detach_reset": [False, True],
    "detach_state": [False, True],
    "strict": [False, True],
    "surrogate": ["rectangle", "tanh", "triangle", "atan", "sigmoid"],
    "rectifier": [None, "mpr"],
    "dtype": ["float32", "float64", "bfloat16", "float16"],
    "shape": [(2, 1, 3, 2), (3, 5, 7, 3), (2, 12, 6, 2), (9, 4, 1, 1), (40, 3)],
    "T": [1, 3, 17],
    "layout": ["contiguous", "channels_last", "static", "static_channels_last"],
    "decay": ["fixed", "learned"],
    "decay_input": [False, True],
    "residual": [False, True],
    "statistics": ["own", "given"],
    "scale": [1.0, 0.7],
    "programs": [2, 1024],
    "loss": ["spikes", "error", "both"],
}


def inputs(case: Case, device: str) -> dict[str, torch.Tensor]:
    """x, weight, bias and, where the case has one, a residual, by their names."""
    torch.manual_seed(case["T"])
    N, C, *space = case["shape"]
    steps = 1 if "static" in case["layout"] else case["T"]

    def sequence() -> torch.Tensor:
        x = torch.randn(steps, N, C, *space, device=device)
        if "channels_last" in case["layout"] and space:
            x = x.flatten(0, 1).to(memory_format=torch.channels_last).unflatten(0, x.shape[:2])
        return x

    # A mean of at most 10 deviations, and not of two or three values: beyond, float32 itself loses digits of x - mean.
    spread = torch.linspace(0.5, 3, C, device=device).view(-1, *[1] * len(space))
    given = {"x": 5 + spread * sequence(), "weight": 0.5 + torch.rand(C, device=device)}
    given |= {"bias": torch.randn(C, device=device)} | ({"residual": sequence()} if case["residual"] else {})
    dtype = getattr(torch, case["dtype"])
    return {
        name: one.to(dtype if one.ndim > 1 or dtype == torch.float64 else torch.float32) for name, one in given.items()
    }


def run(form: ModuleType, case: Case, given: dict[str, torch.Tensor], statistics, running=None) -> tuple:
    """Output of one form, and the gradients of the case's loss to all inputs and to a learned decay."""
    decay = torch.tensor(0.3, device=given["x"].device, requires_grad=True)
    leaves = {name: one.detach().requires_grad_() for name, one in given.items()}
    if callable(statistics):
        statistics = statistics(leaves["x"])
    limit(form, case)
    neuron, _ = arguments(case, decay if case["decay"] == "learned" else 0.3)
    affine = {name: leaf for name, leaf in leaves.items() if name != "x"} | {"statistics": statistics}
    affine |= {"scale": case["scale"], "running": running}
    T = case["T"] if "static" in case["layout"] else None
    out = form.norm_lif(leaves["x"], *neuron, **affine, T=T)
    loss = torch.zeros((), dtype=torch.float64, device=decay.device)
    if case["loss"] != "error":
        g = torch.randn(
            out.lif.spikes.shape, generator=torch.Generator(decay.device).manual_seed(2), device=decay.device
        )
        loss = loss + (out.lif.spikes * g.bfloat16().to(out.lif.spikes.dtype)).sum(dtype=torch.float64)
    if case["loss"] != "spikes":
        loss = loss + 3 * given["x"][0].numel() * out.lif.quantization_error
    wanted = [*leaves.values(), *([decay] if case["decay"] == "learned" else [])]
    return out, torch.autograd.grad(loss, wanted)


def running(x: torch.Tensor):
    """Return running statistics that are neither 0 nor 1."""
    # imported here: the package is another one for each mutant
    kind = importlib.import_module("snnexp.ops.norm_lif.base").Running
    real = torch.float64 if x.dtype == torch.float64 else torch.float32
    mean = torch.linspace(2, 3, x.shape[2], device=x.device, dtype=real)
    return kind(mean, mean.clone(), 0.3)


def given_statistics(case: Case, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor] | None:
    if case["statistics"] == "own":
        return None
    real = torch.float64 if x.dtype == torch.float64 else torch.float32
    C = x.shape[2]
    return torch.linspace(4, 6, C, device=x.device, dtype=real), torch.linspace(0.3, 2, C, device=x.device, dtype=real)


def launch(form: ModuleType, case: Case) -> None:
    """Forward and backward on a CPU's memory, for the kernels that they launch."""
    given = inputs(case, "cpu")
    constant = given_statistics(case, given["x"])
    run(form, case, given, constant, running(given["x"]) if constant is None else None)


def check(form: ModuleType, reference: ModuleType, case: Case, device: str) -> None:
    """Statistics near; given the form's own, spikes equal, and the error and every gradient near.

    Raises:
        AssertionError: not so.
    """
    given = inputs(case, device)
    x, constant = given["x"], given_statistics(case, given["x"])
    tolerance = 1e-11 if x.dtype == torch.float64 else 1e-5
    moved = running(x) if constant is None else None
    ours, grads = run(form, case, given, constant, moved)
    if moved is not None:
        expected = running(x)
        expected.move(ours.statistics, case["T"] * x[0].numel() // x.shape[2])
        for one, other in zip(moved[:2], expected[:2], strict=True):
            torch.testing.assert_close(one, other, rtol=tolerance / 10, atol=0)
    assert (ours.statistics is None) == (case["statistics"] == "given")

    def own(x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Values from the form, gradients from the formula."""
        var, mean = torch.var_mean(x.double(), dim=[d for d in range(x.ndim) if d != 2], correction=0)
        inverse = torch.rsqrt(var + 1e-5)
        near = 1e-6 if x.dtype != torch.float64 else 1e-12
        assert ((ours.statistics.mean - mean).abs() <= near * (mean.abs() + 1 / inverse)).all()
        assert ((ours.statistics.var - var).abs() <= near * (var + 1e-5)).all()
        assert ((ours.statistics.inverse - inverse).abs() <= near * inverse).all()
        real = ours.statistics.mean
        return real + (mean - mean.detach()).to(real), ours.statistics.inverse + (inverse - inverse.detach()).to(real)

    wide = {name: one if one.dtype == torch.float64 else one.float() for name, one in given.items()}
    theirs, grads_ = run(reference, case, wide, own if constant is None else constant)
    assert ours.lif.spikes.dtype == x.dtype and torch.equal(ours.lif.spikes, theirs.lif.spikes.to(x.dtype))
    assert all(
        n == 1 or a == b for n, a, b in zip(x.shape[1:], ours.lif.spikes.stride()[1:], x.stride()[1:], strict=True)
    )
    for one, other in zip(ours.lif[1:5], theirs.lif[1:5], strict=True):
        assert (one is None) == (other is None)
        assert one is None or torch.allclose(one, other, rtol=tolerance, atol=tolerance, equal_nan=True)
    if case["loss"] == "error":
        fixed = constant or (ours.statistics.mean, ours.statistics.inverse)
        check_potential((form, reference), case, given, fixed, tolerance)
    largest = max(grad.abs().max() for grad in grads_)
    for one, other in zip(grads, grads_, strict=True):
        allowed = tolerance * largest + (other.abs() * torch.finfo(x.dtype).eps if one.dtype != other.dtype else 0)
        assert one.shape == other.shape and ((one - other).abs() <= allowed).all()


def check_potential(
    forms: tuple[ModuleType, ...], case: Case, given: dict, statistics: tuple, tolerance: float
) -> None:
    """What two forms measure of potentials where no gradient is asked for is near.

    Raises:
        AssertionError: not so.
    """
    neuron, _ = arguments(case, 0.3)
    affine = {name: one for name, one in given.items() if name != "x"} | {"statistics": statistics}
    affine |= {"scale": case["scale"], "T": case["T"] if "static" in case["layout"] else None}
    with torch.no_grad(), importlib.import_module("snnexp.ops.lif.base").measuring():
        ours, theirs = (form.norm_lif(given["x"], *neuron, **affine).lif.potential for form in forms)
    assert torch.allclose(ours, theirs, rtol=tolerance, atol=tolerance, equal_nan=True)


PLAIN = {
    "reset": "hard", "detach_reset": False, "detach_state": False, "strict": False, "surrogate": "tanh",
    "rectifier": None,
    "dtype": "float32", "shape": (3, 5, 7, 3), "T": 3, "layout": "channels_last", "decay": "fixed",
    "decay_input": False, "residual": False, "statistics": "own", "scale": 0.7,
    "programs": 1024, "loss": "both",
}  # fmt: skip
# What kills the mutants, so that not all cases need to run for each.
FEW = [
    PLAIN | {"layout": "static", "reset": "soft", "residual": True, "dtype": "float64"},
    PLAIN | {"residual": True, "decay": "learned", "decay_input": True},
    PLAIN | {"layout": "contiguous", "rectifier": "mpr", "detach_reset": True, "shape": (2, 2, 30, 20), "programs": 2},
    PLAIN | {"statistics": "given", "T": 2, "reset": "soft"},
    PLAIN | {"shape": (20, 20, 9, 3), "dtype": "bfloat16", "T": 1, "programs": 2},
    PLAIN | {"detach_state": True},
]
