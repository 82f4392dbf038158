"""The tests of normalisation and neuron notice a mistake: each mutant below fails one of a few cases."""

import pytest
from mutants import surviving

NORM, FUSED = "snnexp/ops/base/norm_kernel.py", "snnexp/ops/norm_lif/fused.py"
STEP = "snnexp/ops/base/step_kernel.py"
PASSES, STATISTICS = "snnexp/ops/base/norm_lif_kernel.py", "snnexp/ops/base/statistics_kernel.py"
# What is wrong: the file, the text, and what stands in its place.
MUTANTS = {
    "no mean": (NORM, "off = xs[i].to(REAL) - center", "off = xs[i].to(REAL)"),
    "no bias": (NORM, "y = off * factor + shift", "y = off * factor"),
    "no weight": (NORM, "factor = deviation * scaled", "factor = deviation"),
    "no residual": (NORM, "y + rs[i].to(REAL)", "y"),
    "eps": (STATISTICS, "tl.sqrt(v + EPS)", "tl.sqrt(v)"),
    "unbiased variance": (STATISTICS, "/ total - mean_off *", "/ (total - 1) - mean_off *"),
    "deviation between programs": (STATISTICS, "own + n * off * off", "own"),
    "deviation from the first program": (STATISTICS, " - mean_off * mean_off", ""),
    "deviation between slots": (STATISTICS, " + n * (slot_mean - mean) * (slot_mean - mean)", ""),
    "absent rows counted": (STATISTICS, "tl.where(in_last, tiles, tiles - 1)", "tl.where(in_last, tiles, tiles)"),
    "one tile of a group": (STATISTICS, "place(walk(i + j)", "place(walk(i)"),
    "one mean for all channels": (NORM, "return tl.load(mean + c,", "return tl.load(mean + 0 * c,"),
    "mean of dy kept": (NORM, "(dy - mean_dy - centered", "(dy - centered"),
    "mean of dy xhat kept": (NORM, " - centered * tilt", ""),
    "dx without its factor": (NORM, "(factor * (dy", "((dy"),
    "sum without the deviation": (PASSES, "axis=0)[None, :] * deviation", "axis=0)[None, :]"),
    "mean of dy xhat without the deviation": (PASSES, "else deviation * (tl.load", "else (tl.load"),
    "sums swapped": (NORM, "tl.store(dbias + c, tl.sum(one", "tl.store(dbias + c, tl.sum(other"),
    "no scale": (NORM, "tl.full([], scale, deviation.dtype) *", "1.0 *"),
    "weight's gradient without scale": (NORM, "scale * total", "total"),
    "running statistics replaced": (STATISTICS, "before + momentum *", "momentum *"),
    "running variance biased": (STATISTICS, "v * unbiased", "v"),
    "copies not counted": (STATISTICS, "unbiased(rows * T)", "unbiased(rows * len(x))"),
    "sums over T as one step": (PASSES, "n = (rows * (1 if STATIC else T))", "n = (rows * 1)"),
    "static sums over T": (PASSES, "n = (rows * (1 if STATIC else T))", "n = (rows * T)"),
    "static gradient of one step": (PASSES, "(dy if STATIC else 0.0) + b * du", "b * du"),
    "b missing": (PASSES, "+ b * du", "+ du"),
    "carry missing": (PASSES, "k = carry(du, d, CONSTANTS)", "k = tl.zeros([ROWS, CHANNELS], REAL)"),
    "error's gradient": (PASSES, "c_error * (us[t] - fired[t].to(REAL))", "c_error * us[t]"),
    "given statistics taken for the batch's": (FUSED, "dbias if own else None", "dbias"),
    "later tiles left out": (STEP, "tl.program_id(0) + i * tl.num_programs(0)", "tl.program_id(0)"),
    "decay's gradient": (PASSES, "vs[t] - ys[0 if STATIC else t] if", "vs[t] if"),
}  # fmt: skip


@pytest.fixture(scope="module")
def survivors(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    return surviving(MUTANTS, "norm_lif_cases", "snnexp.ops.norm_lif", tmp_path_factory.mktemp("mutants"))


@pytest.mark.slow
@pytest.mark.parametrize("mutant", ["none", *MUTANTS])
def test_is_noticed(mutant, survivors):
    assert (mutant in survivors) == (mutant == "none")
