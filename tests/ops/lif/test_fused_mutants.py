"""The tests of the fused operator notice a mistake: each mutant below fails one of a few cases."""

import pytest
from mutants import surviving

STEP, FUSED = "snnexp/ops/base/step_kernel.py", "snnexp/ops/lif/fused.py"
SURROGATES, MPR = "snnexp/surrogates", "snnexp/regularizers/mpr_kernel.py"
RESET = "v = after_spike(u, fires, CONSTANTS)"
# What is wrong: the file, the text, and what stands in its place.
MUTANTS = {
    "sign of the decay": (STEP, "return decay * v + b * x", "return b * x - decay * v"),
    "no decay": (STEP, "return decay * v + b * x", "return v + b * x"),
    "input not scaled": (STEP, "return decay * v + b * x", "return decay * v + x"),
    "fires on >": (STEP, "else v_pre >= CONSTANTS.", "else v_pre > CONSTANTS."),
    "fires on >=": (STEP, "v_pre > CONSTANTS.", "v_pre >= CONSTANTS."),
    "no mask in firing": (STEP, "return inside & (", "return ("),
    "reset to zero": (STEP, "tl.full([], CONSTANTS.v_reset, v_pre.dtype)", "0.0"),
    "soft reset by one": (STEP, "v_pre - CONSTANTS.v_subtract * fires", "v_pre - fires"),
    "hard for soft": (STEP, 'reset == "hard":\n        return tl.where', 'reset == "soft":\n        return tl.where'),
    "detach ignored": (STEP, "if CONSTANTS.detach_reset:", "if False:"),
    "detached state ignored": (STEP, "if CONSTANTS.detach_state:", "if False:"),
    "carry through a hard reset": (STEP, 'tl.where(fires, 0.0, k) if CONSTANTS.reset == "hard" else k', "k"),
    "reset gradient's sign": (STEP, "k * (CONSTANTS.v_reset - v_pre)", "k * (v_pre - CONSTANTS.v_reset)"),
    "subtraction's gradient missing": (STEP, "(g - k * CONSTANTS.v_subtract) * slope", "g * slope"),
    "threshold missing in the slope": (STEP, "SURROGATE(v_pre - CONSTANTS.v_threshold", "SURROGATE(v_pre"),
    "rectifier's slope missing": (STEP, " * DPHI(v_pre)", ""),
    "sum for mean": (STEP, "tl.sum(total) / divisor", "tl.sum(total)"),
    "sums in one place": (STEP, "partials + row * programs + columns", "partials + columns"),
    "potential in bfloat16": (FUSED, RESET, f"{RESET}.to(tl.bfloat16).to(REAL)"),
    "error without the spike": (STEP, "where(here, (v_pre - s) * (v_pre - s), 0.0)", "where(here, v_pre * v_pre, 0.0)"),
    "padded steps counted": (STEP, "tl.where(here, (v_pre - s) * (v_pre - s), 0.0)", "(v_pre - s) * (v_pre - s)"),
    "padded steps measured": (STEP, "tl.where(here, v_pre, 0.0)", "v_pre"),
    "no square": (STEP, "tl.where(here, v_pre * v_pre, 0.0)", "tl.where(here, v_pre, 0.0)"),
    "window about 0": (STEP, "tl.abs(seen - CONSTANTS.v_threshold)", "tl.abs(seen)"),
    "window before the rectifier": (STEP, "tl.abs(seen - CONSTANTS", "tl.abs(v_pre - CONSTANTS"),
    "no carry": (STEP, "return decay * du", "return tl.zeros_like(du)"),
    "carry not decayed": (STEP, "return decay * du", "return du"),
    "b missing in dx": (FUSED, "(b * du).to", "du.to"),
    "b missing in a static dx": (FUSED, "(b * dx_sum).to", "dx_sum.to"),
    "static dx of one step": (FUSED, "dx_sum += du", "dx_sum = du"),
    "error's gradient dropped": (FUSED, "du += tl.where(here, c * (us[i] - fired[i].to(REAL)), 0.0)", "du += 0.0"),
    "error's gradient through s": (FUSED, "c * (us[i] - fired[i].to(REAL))", "c * us[i]"),
    "factor 2 of the error": (FUSED, "2 * tl.load(derror)", "tl.load(derror)"),
    "v_pre's gradient dropped": (FUSED, "du += dus[i]", "du += 0.0"),
    "decay's gradient of the input": (FUSED, "vs[i] - xs[0 if STATIC else i].to(REAL)", "vs[i]"),
    "decay's gradient from v_pre": (FUSED, "vs += (v,)", "vs += (u,)"),
    "v between segments lost": (FUSED, "v = tl.load(kept", "_ = tl.load(kept"),
    "segments out of order": (FUSED, "range(LAST, -1, -STEPS)", "range(0, LAST + 1, STEPS)"),
    "stride over T ignored": (FUSED, "one.stride(0) for one in (x, g, dv_pre)", "0 for one in (x, g, dv_pre)"),
    "blocks overlap": (FUSED, "walk(block).to(tl.int64) * BLOCK", "walk(block).to(tl.int64) * (BLOCK // 2)"),
    "later blocks left out": (STEP, "tl.program_id(0) + i * tl.num_programs(0)", "tl.program_id(0)"),
    "rectangle's edges open": (f"{SURROGATES}/rectangle_kernel.py", "tl.abs(z) <=", "tl.abs(z) <"),
    "triangle not squared": (f"{SURROGATES}/triangle_kernel.py", "(1 / (gamma * gamma))", "(1 / gamma)"),
    "tanh without a window": (f"{SURROGATES}/tanh_kernel.py", "(tl.abs(z) <= 0.5).to(z.dtype) *", ""),
    "atan without pi": (f"{SURROGATES}/atan_kernel.py", "HALF_PI * alpha", "alpha"),
    "sigmoid's alpha": (f"{SURROGATES}/sigmoid_kernel.py", "return alpha * e", "return e"),
    "phi's outer branch": (MPR, "tl.where(v_pre > 1, root, middle)", "middle"),
    "phi' outside [0, 1]": (MPR, "return inside *", "return"),
}  # fmt: skip


@pytest.fixture(scope="module")
def survivors(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    return surviving(MUTANTS, "lif_cases", "snnexp.ops.lif", tmp_path_factory.mktemp("mutants"))


@pytest.mark.parametrize("mutant", ["none", *MUTANTS])
def test_is_noticed(mutant, survivors):
    assert (mutant in survivors) == (mutant == "none")
