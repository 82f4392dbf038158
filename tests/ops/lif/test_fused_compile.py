"""All forms of the fused operator compile for Hopper on a machine without a GPU, with the machine code they should."""

import pytest
from hopper import CAPABILITIES, compiled
from lif_cases import FACTORS, covering

# Loops unroll over T: short ones compile sooner.
SMALL = FACTORS | {"size": [1, 1025, 2048], "T": [1, 2], "layout": ["contiguous", "repeated", "static"]}
PLAIN = {
    "reset": "hard", "detach_reset": False, "detach_state": False, "strict": False, "surrogate": "rectangle",
    "rectifier": None,
    "dtype": "bfloat16", "size": 2048, "T": 4, "layout": "contiguous", "decay": "fixed", "decay_input": False,
    "loss": "spikes",
}  # fmt: skip
COMMON = [
    PLAIN,
    PLAIN | {"loss": "all"},
    PLAIN | {"dtype": "float32"},
    PLAIN | {"T": 6, "surrogate": "tanh"},
    PLAIN | {"T": 10, "surrogate": "triangle", "reset": "soft"},
]


def compile_all(cases: list[dict], *code: str, **target: int) -> list[list[dict]]:
    return compiled("lif_cases", "snnexp.ops.lif.fused", cases, *code, **target)


@pytest.mark.count(8, 1000)  # each value once, each pair of values
def test_every_form_compiles(count: int):
    segments = PLAIN | {"T": 17, "dtype": "float64", "decay": "learned", "loss": "all"}
    for kernels in compile_all([segments, *covering(SMALL, count=0)[:count]]):
        assert [kernel["name"] for kernel in kernels][:3] == ["forward_kernel", "add_up", "backward_kernel"]


@pytest.mark.slow
def test_every_form_compiles_at_full_length():
    compile_all(covering(FACTORS | {"size": [1025, 2048]}, count=120, seed=1))


@pytest.mark.parametrize("capability", CAPABILITIES)
def test_common_forms_read_16_bytes_a_thread_spill_nothing_and_fuse_nothing(capability: int):
    for case, kernels in zip(COMMON, compile_all(COMMON, "code", capability=capability), strict=True):
        forward, _, backward = kernels[:3]
        wide, T = "v4" if case["T"] * (2 if case["dtype"] == "bfloat16" else 4) <= 16 else "v2", case["T"]
        assert forward["stack"] == backward["stack"] == 0
        assert forward["registers"] <= 128 and backward["registers"] <= 224
        assert forward["ptx"].count(f"ld.global.{wide}.b32") == T
        assert backward["ptx"].count(f"ld.global.{wide}.b32") >= 2 * T
        assert "FMUL" in forward["sass"] and "FFMA" not in forward["sass"]
        assert "fma.rn" not in backward["ptx"]
