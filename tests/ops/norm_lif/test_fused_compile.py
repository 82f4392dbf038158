"""Normalisation and neuron compile for Hopper on a machine without a GPU, with the machine code they should."""

import pytest
from hopper import CAPABILITIES, compiled
from lif_cases import covering
from norm_lif_cases import FACTORS, PLAIN

# The neuron's own forms are compiled with `lif`; these are the norm's.
NEURON = ("reset", "detach_reset", "detach_state", "strict", "surrogate")
NORMS = {name: values for name, values in FACTORS.items() if name not in NEURON}
SMALL = NORMS | {"T": [1, 2], "dtype": ["float32", "bfloat16", "float64"], "shape": [(2, 1, 3, 2), (3, 16, 8, 8)]}


@pytest.mark.count(8, 1000)  # each value once, each pair of values
def test_every_form_compiles(count: int):
    cases = [PLAIN | {"T": 17, "decay": "learned"}, *(PLAIN | case for case in covering(SMALL, count=0)[:count])]
    for kernels in compiled("norm_lif_cases", "snnexp.ops.norm_lif.fused", cases):
        assert {"forward_kernel", "backward_kernel", "add_up"} <= {kernel["name"] for kernel in kernels}


@pytest.mark.parametrize("capability", CAPABILITIES)
def test_common_forms_read_16_bytes_a_thread_and_spill_nothing(capability: int):
    common = [
        PLAIN | {"dtype": "bfloat16", "T": 4, "shape": (2, 128, 8, 8), "loss": "spikes", "residual": residual}
        for residual in (False, True)
    ]
    made = compiled("norm_lif_cases", "snnexp.ops.norm_lif.fused", common, "code", capability=capability)
    for case, kernels in zip(common, made, strict=True):
        steps = 4 * (1 + case["residual"])
        forward = next(kernel for kernel in kernels if kernel["name"] == "forward_kernel")
        assert forward["ptx"].count("ld.global.v4.b32") == steps and "FFMA" not in forward["sass"]
        for backward in (kernel for kernel in kernels if kernel["name"] == "backward_kernel"):
            assert backward["ptx"].count("ld.global.v4.b32") == steps + 4
        walks = [kernel for kernel in kernels if kernel["name"].endswith(("ward_kernel", "statistics_kernel"))]
        assert len(walks) == 4 and all(kernel["stack"] == 0 for kernel in walks)
