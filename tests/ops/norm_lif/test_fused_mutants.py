"""The tests of normalisation and neuron notice a mistake: each mutant below fails one of a few cases."""

import pytest
from mutants import surviving

NORM, PASSES = "snnexp/ops/base/norm_kernel.py", "snnexp/ops/norm_lif/norm_lif_kernel.py"
# What is wrong: the file, the text, and what stands in its place.
MUTANTS = {
    "no mean": (NORM, "off = xs[i].to(REAL) - center", "off = xs[i].to(REAL)"),
    "no bias": (NORM, "y = off * factor + shift", "y = off * factor"),
    "no weight": (NORM, "factor = deviation * scaled", "factor = deviation"),
    "no residual": (NORM, "y + rs[i].to(REAL)", "y"),
    "eps": (NORM, "tl.sqrt(v + EPS)", "tl.sqrt(v)"),
    "unbiased variance": (NORM, "[None, :] / total\n    tl.store(mean", "[None, :] / (total - 1)\n    tl.store(mean"),
    "deviation between programs": (NORM, "own + count * (program_mean - m) * (program_mean - m)", "own"),
    "deviation between slots": (NORM, " + n * (slot_mean - mean) * (slot_mean - mean)", ""),
    "absent rows counted": (NORM, "n += inside.to(REAL)", "n += 1.0"),
    "one mean for all channels": (NORM, "return tl.load(mean + c,", "return tl.load(mean + 0 * c,"),
    "mean of dy kept": (NORM, "(dy - mean_dy - xhat", "(dy - xhat"),
    "mean of dy xhat kept": (NORM, " - xhat * mean_dy_xhat", ""),
    "dx without its factor": (NORM, "(factor * (dy", "((dy"),
    "sums swapped": (NORM, "tl.store(dbias + c, tl.sum(one", "tl.store(dbias + c, tl.sum(other"),
    "no scale": (NORM, "tl.full([], scale, deviation.dtype) *", "1.0 *"),
    "weight's gradient without scale": (NORM, "scale * total", "total"),
    "running statistics replaced": (NORM, "before + momentum *", "momentum *"),
    "running variance biased": (NORM, "v * unbiased", "v"),
    "copies not counted": (NORM, "unbiased(rows * T)", "unbiased(rows * len(x))"),
    "sums over T as one step": (PASSES, "n = (rows * (1 if STATIC else T))", "n = (rows * 1)"),
    "static sums over T": (PASSES, "n = (rows * (1 if STATIC else T))", "n = (rows * T)"),
    "static gradient of one step": (PASSES, "(dy if STATIC else 0.0) + b * du", "b * du"),
    "b missing": (PASSES, "+ b * du", "+ du"),
    "carry missing": (PASSES, "k = carry(du, d, CONSTANTS)", "k = tl.zeros([ROWS, CHANNELS], REAL)"),
    "error's gradient": (PASSES, "c_error * (us[i] - fires.to(REAL))", "c_error * us[i]"),
    "given statistics taken for the batch's": (PASSES, "dbias if own else None", "dbias"),
    "later tiles left out": (PASSES, "tl.program_id(0) * TILES + tile", "tl.program_id(0) * TILES"),
    "decay's gradient": (PASSES, "vs[i] - ys[0 if STATIC else i] if", "vs[i] if"),
}  # fmt: skip


@pytest.fixture(scope="module")
def survivors(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    return surviving(MUTANTS, "norm_lif_cases", "snnexp.ops.norm_lif", tmp_path_factory.mktemp("mutants"))


@pytest.mark.slow
@pytest.mark.parametrize("mutant", ["none", *MUTANTS])
def test_is_noticed(mutant, survivors):
    assert (mutant in survivors) == (mutant == "none")
