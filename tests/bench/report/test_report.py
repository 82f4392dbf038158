"""The section of results.md: bounds, what was measured, and nothing invented for a GPU that was not there."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from snnexp.bench import lif, report, step
from snnexp.bench.base import BenchRow, Contender, Decode, LifCase, Measured, StepCase
from snnexp.bench.base.rows import rows, write
from snnexp.bench.report.base import fastest, inverse, number, read, shown
from snnexp.bench.report.claims import IN_LAYERS, IN_STEPS, Claim, on_cpu, on_cuda
from snnexp.errors import UserError
from snnexp.runs.results import write_result
from snnexp.runs.run import seal

ROOT = Path(__file__).parents[3]
PAGE = "# Results\n\nbefore\n\n<!-- speed -->\nstale\n<!-- /speed -->\n\nafter\n"


def contender(name: str, module: str, memory: str = "default", variant: str = "") -> Contender:
    return Contender(name, module, "torch", variant, memory)  # type: ignore[arg-type]


COPY, OURS = contender("copy", "copy", "kept"), contender("snnexp", "ours", "kept")
RIVALS = {"SpikingJelly": 0.06, "snnTorch": 0.05}
LIF = LifCase(name="one layer", device="cpu", dtype="float32", T=4, N=2, features=(5, 10, 10))
STEP = StepCase(name="resnet20", device="cpu", dtype="float32", T=4, N=64, network="resnet20", width=16, neurons=1000)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Rows of a CPU, rivals in both forms of memory."""
    times = {COPY: Measured([1e-3], 0), OURS: Measured([0.01], 2**20)}
    for name, seconds in RIVALS.items():
        times |= {contender(name, "x", "kept"): Measured([0.02], 0), contender(name, "x"): Measured([seconds], 0)}
    write(tmp_path / "lif-cpu.csv", list(rows("lif", LIF, times)))
    steps = {OURS: 0.5, contender("ReLU twin", "relu", "kept"): 0.4, contender("SpikingJelly", "x", "kept"): 1.5}
    steps |= {contender("SpikingJelly, channels_last", "x", "kept"): 1.0}
    measured = {who: Measured([seconds], 0) for who, seconds in steps.items()}
    write(tmp_path / "step-cpu.csv", list(rows("step", STEP, measured)))
    readers: list[BenchRow] = []
    for name, seconds in (("N-MNIST .bin", 0.015), ("DVS128 Gesture .bs2", 0.009)):
        case = Decode(name=name, device="cpu", dtype="int64", T=1, N=2, paths=(), sensor=(34, 34))
        readers += rows(
            "decode", case, {OURS: Measured([0.01], 0), contender("SpikingJelly", "x", "kept"): Measured([seconds], 0)}
        )
    write(tmp_path / "decode-cpu.csv", readers)
    sweep = [replace(STEP, name=name, N=N) for name in ("T", "N", "width") for N in (1000, 2000, 3000)]
    found = [
        row
        for case in sweep
        for row in rows("scaling", case, {OURS: Measured([0.1 + case.N / 1e4], case.N * 2**20 // 100)})
    ]
    write(tmp_path / "scaling-cpu.csv", found)
    besides: list[BenchRow] = []
    for recipe, seconds in (("digits", (0.052, 0.13, 0.05)), ("nmnist_vanilla", (0.04, 0.12, 0.04))):
        who = ["snnexp", "snnexp, two at once", "snnexp, spin unbounded"]
        each = {contender(name, "ours", "kept"): Measured([s], 0) for name, s in zip(who, seconds, strict=True)}
        besides += rows("beside", replace(STEP, name=recipe), each)
    write(tmp_path / "beside-cpu.csv", besides)
    starts = [replace(found[0], case=f"kernels {how}", median_ms=ms) for how, ms in (("kept", 8e3), ("compiled", 31e3))]
    others = {"sweep of four tiny jobs": 6e3, "dry run of 200 jobs": 4e3, "wrong key": 500.0}
    others |= {"first line of 1,000 jobs": 2e3, "sweep of 200 jobs done": 6e3}
    others |= {"table of finished runs": 1.5e3, "import scipy.special": 500.0}
    starts += [replace(found[0], case=case, median_ms=ms) for case, ms in others.items()]
    write(tmp_path / "start-cpu.csv", starts)
    (tmp_path / "results.md").write_text(PAGE)
    return tmp_path


def test_claims_take_the_operators_default_memory_and_kept_memory_of_steps(folder: Path):
    measured = [4.0, 6.0, 5.0, 1.25, 2.0, 1.5, 0.9, 2.5, 1.04, 3.0, 1.0, 8.0, 31.0, 6.0, 4.0, 0.5, 2.0, 6.0, 1.0]
    missed = {2, 3, 6, 8, 9, 12, 14, 17}
    found = on_cpu(read(folder))
    assert [claim.measured for claim in found] == pytest.approx(measured, abs=1e-3)
    assert {number for number, claim in enumerate(found) if claim.holds() == "**no**"} == missed
    assert {claim.holds() for number, claim in enumerate(found) if number not in missed} == {"yes"}


def test_the_section_stands_between_its_marks_and_the_rest_is_kept(folder: Path):
    assert report.main(["--out", str(folder), "--docs", str(folder)]) == 0
    text = (folder / "results.md").read_text()
    assert text.startswith("# Results\n\nbefore\n") and text.endswith("\nafter\n") and "stale" not in text
    assert "| SpikingJelly's LIF to ours | ≥ 6 | 6 | yes |" in text
    assert text.count("| not measured yet |") == len(on_cuda(read(folder)))
    # a million more neurons are a thousand more images: 100 ms and 10 MiB
    assert "| larger batches | 100 | 10 | 1 and 3 |" in text
    assert (folder / "speed.png").exists() and (folder / "scaling.png").exists()
    assert report.main(["--out", str(folder), "--docs", str(folder)]) == 0
    assert (folder / "results.md").read_text() == text


def test_nothing_measured_draws_nothing(tmp_path: Path):
    (tmp_path / "results.md").write_text(PAGE)
    assert report.main(["--out", str(tmp_path / "none"), "--docs", str(tmp_path)]) == 0
    assert list(tmp_path.glob("*.png")) == [] and ".png" not in (tmp_path / "results.md").read_text()


def test_a_page_without_marks_is_refused(tmp_path: Path):
    with pytest.raises(UserError, match=r"results\.md: needs the lines <!-- speed -->"):
        report.main(["--docs", str(tmp_path)])


def test_sums_over_layers_on_a_gpu(tmp_path: Path):
    pair = contender("batch norm, then snnexp", "ours", "kept", "pair")
    rivals = contender("SpikingJelly", "x"), contender("SpikingJelly, torch.compile", "x")
    others = {name: [contender(each, "x") for each in names if each not in ("SpikingJelly", rivals[1].name)]
              for name, names in (("layers", IN_LAYERS), ("steps", IN_STEPS))}  # fmt: skip
    layers = [
        LifCase(name="resnet19", device="cpu", dtype="bfloat16", T=4, N=2, features=(2, 2, 2), count=c) for c in (1, 3)
    ]
    found = []
    for case, (copy, ours, slow, fast) in zip(
        layers, [(2e-3, 5e-3, 0.05, 0.01), (1e-3, 3e-3, 0.03, 6e-3)], strict=True
    ):
        times = {COPY: copy, OURS: ours, rivals[0]: slow, rivals[1]: fast} | dict.fromkeys(others["layers"], slow)
        found += rows("lif", case, {who: Measured([seconds], 0) for who, seconds in times.items()})
        times = {COPY: copy, OURS: 0.01, pair: 0.02}
        found += rows("norm_lif", replace(case, norm=True), {who: Measured([s], 0) for who, s in times.items()})
    write(tmp_path / "lif-cuda.csv", found)
    steps = {OURS: (0.1, 60), contender("ReLU twin", "relu"): (0.08, 1), rivals[0]: (0.2, 50), rivals[1]: (0.15, 100)}
    steps |= dict.fromkeys(others["steps"], (0.3, 10))
    measured = {who: Measured([seconds], 0, reserved) for who, (seconds, reserved) in steps.items()}
    write(tmp_path / "step-cuda.csv", list(rows("step", replace(STEP, name="resnet19"), measured)))
    expected = [
        (2.5 * 2 + 3 * 2.5 * 1) / (5 + 3 * 3),  # copies of 5 tensors at 2 a copy
        (10 + 3 * 6) / (5 + 3 * 3),
        (50 + 3 * 30) / (5 + 3 * 3),
        2.0,
        1.25,
        2.0,
        0.6,  # to the fastest configuration's memory, not to the smallest
        None,
        None,
    ]
    for claim, value in zip(on_cuda(read(tmp_path)), expected, strict=True):
        assert claim.measured == (value if value is None else pytest.approx(value, rel=1e-3)), claim.text


@pytest.mark.parametrize(
    ("accuracies", "minutes", "holds"),
    [([0.9, 0.92, 0.91], 4.0, "yes"), ([0.9, 0.91, 0.93], 6.0, "**no**"), ([0.9], float("inf"), "**no**")],
)
def test_time_to_an_accuracy_is_until_the_first_epoch_that_has_it(tmp_path, accuracies, minutes, holds):
    run = tmp_path / "gpu/fast_cifar10/0123456789-s1"
    run.mkdir(parents=True)
    lines = [json.dumps({"epoch": i, "test_accuracy": a, "seconds": 120.0}) for i, a in enumerate(accuracies)]
    (run / "metrics.jsonl").write_text("\n".join(lines) + "\n")
    write_result(run, {"exp": "fast_cifar10", "id": "0123456789", "seed": 1, "config": {}} | seal(run))
    claim = on_cuda(read(tmp_path / "bench"))[-1]
    assert (claim.measured, claim.holds()) == (minutes, holds)


@pytest.mark.parametrize(
    ("measured", "text"), [(0.123456, "0.123"), (12345.6, "12,300"), (3.0, "3"), (None, ""), ("", "")]
)
def test_numbers_have_three_figures(measured: float | str | None, text: str):
    assert number(measured) == text


def test_bounds_with_thousands():
    assert Claim("", "≥ 20,000", 20_001.0).holds() == "yes" and Claim("", "≥ 20,000", 19_999.0).holds() == "**no**"


def test_the_committed_page_is_what_the_rows_say(tmp_path: Path):
    (tmp_path / "results.md").write_text((ROOT / "docs/results.md").read_text())
    report.main(["--out", str(ROOT / "results/bench"), "--docs", str(tmp_path)])
    assert (tmp_path / "results.md").read_text() == (ROOT / "docs/results.md").read_text()


def test_an_interval_is_shown_and_what_lies_within_it_is_doubted():
    claim = Claim("", "≤ 1.2", 1.17, (1.1, 1.25))
    assert (shown(claim.measured, claim.interval), claim.holds()) == ("1.17 [1.1, 1.25]", "yes, within noise")
    assert Claim("", "≥ 1.5", 1.4, (1.3, 1.45)).holds() == "**no**"
    assert inverse(2.0, (1.0, 4.0)) == (0.5, (0.25, 1.0))


def test_nothing_is_claimed_of_the_fastest_where_one_is_missing():
    assert fastest([(2.0, None), (3.0, None)]) == (2.0, None)
    assert fastest([(2.0, None), (None, None)]) == (None, None)


def test_the_claims_rivals_take_part():
    assert set(IN_LAYERS) <= {each.name for each in lif.EAGER + lif.COMPILED}
    assert set(IN_STEPS) <= {each.name for each in step.ON_CUDA}
