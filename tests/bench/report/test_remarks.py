"""Sentences on what has no bound: the right rows, the right way round, and nothing of what was not measured."""

from dataclasses import replace
from pathlib import Path

import pytest

from snnexp.bench import inference, step
from snnexp.bench.base import Contender, Inference, Measured, StepCase
from snnexp.bench.base.rows import rows, write
from snnexp.bench.report.base import read
from snnexp.bench.report.remarks import COMPILED, LAYOUTS, PAIR, UNMEASURED, remarks, verdict

RESNET = StepCase(name="resnet20", device="cpu", dtype="float32", T=4, N=64, network="resnet20", width=16)


def measured(**seconds: float) -> dict[Contender, Measured]:
    """Times by the contenders' names."""
    return {Contender(name, "x", "torch"): Measured([each], 0) for name, each in seconds.items()}


def test_figures_of_a_cpu(tmp_path: Path):
    steps = [
        *rows("step", RESNET, measured(snnexp=0.2, **{COMPILED: 9.0})),
        *rows("step", replace(RESNET, name="convnet"), measured(snnexp=0.2, **{COMPILED: 0.3})),
    ]
    whole = measured(snnexp=0.2, **{PAIR: 0.22}, **dict.fromkeys(LAYOUTS, 0.3))
    write(tmp_path / "step-cpu.csv", [*steps, *rows("step", RESNET, whole)])
    times = measured(snnexp=0.2, **{PAIR: 0.25, UNMEASURED: 0.16, "ReLU twin": 0.1, LAYOUTS[0]: 0.8, LAYOUTS[1]: 0.6})
    times |= {Contender(name, "x", "torch", memory="kept"): Measured([0.5], 0) for name in LAYOUTS}
    write(tmp_path / "inference-cpu.csv", list(rows("inference", Inference(**vars(RESNET)), times)))
    compiled, on_gpu, evaluated, *others, apart, rivals = remarks(read(tmp_path)).splitlines()
    assert compiled.endswith("of the small convolutional network on a CPU under `torch.compile`, to one without: 1.5.")
    assert evaluated == (
        "- Time of an evaluation of ResNet-20 on a CPU: ours to its ReLU twin's 2; "
        "SpikingJelly's, in its faster layout, to ours 3; SpikingJelly's with its freed memory kept, too 2.5; "
        "ours with batch norm apart to ours 1.25; ours to ours without figures of potentials 1.25."
    )
    assert [line.rpartition(": ")[2] for line in (on_gpu, *others)] == ["not measured yet."] * 3
    assert apart.endswith("with batch norm apart, to ours: 1.1.")
    assert rivals.endswith("its memory not kept, to ours: 1.5.")


@pytest.mark.parametrize(
    ("interval", "text"),
    [((0.8, 0.9), "helps"), ((1.1, 1.2), "harms"), ((0.9, 1.2), "no difference"), ((1.0, 1.0), "no difference")],
)
def test_what_an_interval_says(interval: tuple[float, float], text: str):
    assert text in verdict(1.0, interval)


def test_those_who_are_named_take_part():
    assert step.COMPILED.name == COMPILED
    for contenders in (inference.CONTENDERS, step.ON_CPU):
        assert {PAIR, *LAYOUTS, "ReLU twin"} <= {each.name for each in contenders}
