"""Cases of the LIF operator, and the check that one form of it equals the reference in a case."""

import importlib
import itertools
import random
from types import ModuleType

import torch

FACTORS = {
    "reset": ["hard", "soft"],
    "detach_reset": [False, True],
    "detach_state": [False, True],
    "strict": [False, True],
    "surrogate": ["rectangle", "tanh", "triangle", "atan", "sigmoid"],
    "rectifier": [None, "mpr"],
    "dtype": ["float32", "float64", "bfloat16", "float16"],
    "size": [1, 1023, 1025],
    "T": [1, 4, 17],
    "layout": ["contiguous", "channels_last", "repeated", "static"],
    "decay": ["fixed", "learned"],
    "decay_input": [False, True],
    "programs": [2, 1024],
    "loss": ["spikes", "error", "v_pre", "all"],
}
PARAMETERS = {"rectangle": 1.0, "tanh": 3.0, "triangle": 0.7, "atan": 2.0, "sigmoid": 4.0}
SHAPES = {
    1: (1, 1, 1, 1),
    300: (2, 6, 5, 5),
    1023: (3, 11, 31, 1),
    1025: (5, 5, 1, 41),
    2048: (2, 16, 8, 8),
    4100: (5, 4, 5, 41),
    2**20: (16, 64, 32, 32),
    2**20 + 1: (1, 17, 61681, 1),
}
Case = dict


def covering(factors: dict[str, list], count: int, seed: int = 0) -> list[Case]:
    """At least `count` cases, in which each pair of values of two factors occurs: greedy, from random candidates."""
    rng = random.Random(seed)
    values = [[(name, value) for value in choices] for name, choices in factors.items()]
    missing = {pair for one, other in itertools.combinations(values, 2) for pair in itertools.product(one, other)}
    cases = []
    while missing or len(cases) < count:
        candidates = [tuple(map(rng.choice, values)) for _ in range(50)]
        best = max(candidates, key=lambda case: len(missing & set(itertools.combinations(case, 2))))
        missing -= set(itertools.combinations(best, 2))
        cases.append(dict(best))
    return cases


def label(case: Case) -> str:
    return "-".join(str(value) if isinstance(value, str) else f"{name}={value}" for name, value in case.items())


def arguments(case: Case, decay: float | torch.Tensor) -> tuple[tuple, dict]:
    """The neuron of a case, and the options of the operator."""
    name = case["surrogate"]
    surrogate = getattr(importlib.import_module(f"snnexp.surrogates.{name}"), name.capitalize())
    (parameter,) = surrogate.__dataclass_fields__
    given = {name: case[name] for name in ("reset", "detach_reset", "detach_state", "strict", "decay_input")}
    given |= {"v_threshold": 0.5, "v_subtract": 0.7, "v_reset": 0.0 if case["decay_input"] else 0.1}
    # imported here: the package is another one for each mutant
    constants = importlib.import_module("snnexp.ops.lif.base").Constants(decay=decay, **given)
    regularizers = importlib.import_module(f"snnexp.regularizers.{case['rectifier'] or 'base'}")
    rectifier = regularizers.Phi() if case["rectifier"] else None
    options = {"return_v_pre": case["loss"] in ("v_pre", "all"), "T": case["T"] if case["layout"] == "static" else None}
    return (constants, surrogate(**{parameter: PARAMETERS[name]}), rectifier), options


def current(case: Case, device: str) -> torch.Tensor:
    """An input of the case's size, layout and dtype, at which a part of the neurons spikes."""
    torch.manual_seed(case["size"] + case["T"])
    steps = 1 if case["layout"] in ("static", "repeated") else case["T"]
    x = 0.8 * torch.randn(steps, *SHAPES[case["size"]], device=device) + 0.3
    x = (8 * x).round() / 8  # so that some potentials meet the threshold and the surrogates' edges exactly
    if case["layout"] == "channels_last":
        x = x.flatten(0, 1).to(memory_format=torch.channels_last).unflatten(0, x.shape[:2])
    x = x.to(getattr(torch, case["dtype"]))
    return x.expand(case["T"], *x.shape[1:]) if case["layout"] == "repeated" else x


def limit(form: ModuleType, case: Case) -> None:
    """Let few programs walk many tiles."""
    if form.__name__.endswith("fused"):
        importlib.import_module("snnexp.ops.base.step_kernel").PROGRAMS = case.get("programs", 1024)


def run(form: ModuleType, case: Case, x: torch.Tensor) -> tuple[tuple, list[torch.Tensor]]:
    """Outputs of one form of the operator, less the `v` of `stream`, and gradients to x and to a learned decay."""
    limit(form, case)
    x = x.detach().requires_grad_()
    decay = torch.tensor(0.3, device=x.device, requires_grad=True)
    neuron, options = arguments(case, decay if case["decay"] == "learned" else 0.3)
    out = form.lif(x, *neuron, **options)
    generator = torch.Generator(x.device).manual_seed(2)
    g, h = (torch.randn(out.spikes.shape, generator=generator, device=x.device) for _ in range(2))
    loss = torch.zeros((), dtype=torch.float64, device=x.device)
    if case["loss"] in ("spikes", "all"):
        loss = loss + (out.spikes * g.bfloat16().to(x.dtype)).sum(dtype=torch.float64)
    if case["loss"] in ("error", "all"):
        loss = loss + 3 * x[0].numel() * out.quantization_error
    if out.v_pre is not None:
        loss = loss + (out.v_pre * h).sum()
    return tuple(out)[:6], list(torch.autograd.grad(loss, (x, decay) if case["decay"] == "learned" else (x,)))


def launch(form: ModuleType, case: Case) -> None:
    """Forward and backward on a CPU's memory, for the kernels that they launch."""
    run(form, case, current(case, "cpu"))


def check(form: ModuleType, reference: ModuleType, case: Case, device: str) -> None:
    """Spikes and potential equal, statistics and gradients near: those of a narrow dtype to one unit in the last place.

    Raises:
        AssertionError: not so.
    """
    x = current(case, device)
    tolerance = 1e-12 if x.dtype == torch.float64 else 1e-5
    (spikes, *statistics, v_pre), grads = run(form, case, x)
    (spikes_, *statistics_, v_pre_), grads_ = run(reference, case, x if x.dtype == torch.float64 else x.float())
    assert spikes.dtype == x.dtype and torch.equal(spikes, spikes_.to(x.dtype))
    assert all(n == 1 or a == b for n, a, b in zip(x.shape[1:], spikes.stride()[1:], x.stride()[1:], strict=True))
    assert (v_pre is None) == (v_pre_ is None) and (v_pre is None or torch.equal(v_pre, v_pre_))
    for ours, theirs in zip(statistics, statistics_, strict=True):
        assert (ours is None) == (theirs is None)
        assert ours is None or ours.dtype == theirs.dtype
        assert ours is None or torch.allclose(ours, theirs, rtol=tolerance, atol=tolerance, equal_nan=True)
    # Incoming gradients are of order 1: where one neuron's sum of them over T cancels, its rounding does not.
    largest = max(1.0, *(grad.abs().max() for grad in grads_))
    for ours, theirs in zip(grads, grads_, strict=True):
        allowed = tolerance * largest + (theirs.abs() * torch.finfo(x.dtype).eps if ours.dtype != theirs.dtype else 0)
        assert ours.shape == theirs.shape and ((ours - theirs).abs() <= allowed).all()
    assert grads[0].dtype == x.dtype
    if case["loss"] == "error":
        check_potential(form, reference, case, x, tolerance)


def check_potential(form: ModuleType, reference: ModuleType, case: Case, x: torch.Tensor, tolerance: float) -> None:
    """What is measured of potentials is near, without a gradient; with one it is left alone.

    Raises:
        AssertionError: not so.
    """
    neuron, options = arguments(case, torch.tensor(0.3, device=x.device) if case["decay"] == "learned" else 0.3)
    measuring = importlib.import_module("snnexp.ops.lif.base").measuring
    with measuring():
        assert form.lif(x, *neuron, **options).potential is None
    with measuring(), torch.no_grad():
        ours, theirs = (each.lif(x, *neuron, **options).potential for each in (form, reference))
    assert ours.dtype == theirs.dtype
    assert torch.allclose(ours, theirs, rtol=tolerance, atol=tolerance, equal_nan=True)


PLAIN = {
    "reset": "hard", "detach_reset": False, "detach_state": False, "strict": False, "surrogate": "rectangle",
    "rectifier": None,
    "dtype": "float32", "size": 300, "T": 3, "layout": "contiguous", "decay": "fixed", "decay_input": False,
    "loss": "all",
}  # fmt: skip
# What kills the mutants, so that not all cases need to run for each.
FEW = [
    PLAIN | {"layout": "repeated", "decay": "learned", "size": 1025, "programs": 2},
    PLAIN | {"surrogate": "atan", "strict": True, "dtype": "bfloat16", "layout": "channels_last"},
    PLAIN | {"reset": "soft", "surrogate": "triangle", "layout": "static", "decay": "learned", "decay_input": True},
    PLAIN | {"surrogate": "sigmoid", "rectifier": "mpr", "detach_reset": True, "decay_input": True, "dtype": "float64"},
    PLAIN | {"reset": "soft", "surrogate": "tanh", "decay": "learned", "T": 17},
    PLAIN | {"detach_state": True, "decay": "learned"},
    PLAIN | {"rectifier": "mpr", "surrogate": "triangle", "loss": "error", "size": 1025, "T": 17, "programs": 2},
]
