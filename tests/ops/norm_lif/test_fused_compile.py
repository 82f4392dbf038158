"""Normalisation and neuron compile for Hopper on a machine without a GPU, with the machine code they should."""

import pytest
from hopper import CAPABILITIES, compiled, in_flight
from lif_cases import covering
from norm_lif_cases import FACTORS, PLAIN

# The neuron's own forms are compiled with `lif`; these are the norm's.
NEURON = ("reset", "detach_reset", "detach_state", "strict", "surrogate")
NORMS = {name: values for name, values in FACTORS.items() if name not in NEURON}
SMALL = NORMS | {"T": [1, 2], "dtype": ["float32", "bfloat16", "float64"], "shape": [(2, 1, 3, 2), (3, 16, 8, 8)]}
NETWORKS = {"resnet19": ["backbone.width=128"], "resnet20": ["backbone.width=64"]}


@pytest.mark.count(8, 1000)  # each value once, each pair of values
def test_every_form_compiles(count: int):
    cases = [PLAIN | {"T": 17, "decay": "learned"}, *(PLAIN | case for case in covering(SMALL, count=0)[:count])]
    for kernels in compiled("norm_lif_cases", "snnexp.ops.norm_lif.fused", cases):
        assert {"forward_kernel", "backward_kernel", "add_up"} <= {kernel["name"] for kernel in kernels}


@pytest.mark.parametrize("capability", CAPABILITIES)
def test_common_forms_load_16_bytes_a_thread_enough_at_once_and_spill_nothing(capability: int):
    common = [
        PLAIN | {"dtype": "bfloat16", "T": 4, "shape": (2, 128, 8, 8), "loss": "spikes", "residual": residual}
        for residual in (False, True)
    ]
    made = compiled("norm_lif_cases", "snnexp.ops.norm_lif.fused", common, "code", capability=capability)
    for case, kernels in zip(common, made, strict=True):
        assert all(kernel["stack"] == 0 for kernel in kernels)
        walks = [kernel for kernel in kernels if kernel["name"].endswith(("ward_kernel", "statistics_kernel"))]
        assert len(walks) == 4
        steps = {"statistics_kernel": 4, "forward_kernel": 4, "backward_kernel": 8}
        for kernel in walks:
            more = 4 if case["residual"] and kernel["name"] != "statistics_kernel" else 0
            narrow = kernel["ptx"].count("ld.global.b16") + kernel["ptx"].count("ld.global.v2")
            assert kernel["ptx"].count("ld.global.v4.b32") >= steps[kernel["name"]] + more and narrow == 0
            assert "FFMA" not in kernel["sass"] or kernel["name"] != "forward_kernel"
        # By Little's law an H200 needs 18 KB of loads under way on each multiprocessor.
        statistics = next(kernel for kernel in walks if kernel["name"] == "statistics_kernel")
        assert in_flight(statistics) >= 32 and all(in_flight(kernel) >= 18 for kernel in walks)


@pytest.mark.parametrize("network", ["resnet19", pytest.param("resnet20", marks=pytest.mark.slow)])
def test_a_networks_first_step_compiles_few_kernels(network: str):
    overrides = [f"backbone={network}", *NETWORKS[network]]
    (kernels,) = compiled("first_step_cases", "snnexp.ops.norm_lif.fused", [{"overrides": overrides}], "keys")
    assert len({(kernel["name"], kernel["key"]) for kernel in kernels}) <= 16 < len(kernels)
