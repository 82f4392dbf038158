"""Constants of the LIF operator that several tests take."""

from snnexp.ops.lif import Constants

RMP = Constants(
    decay=0.25,
    decay_input=False,
    v_threshold=0.5,
    strict=True,
    reset="hard",
    v_reset=0.0,
    v_subtract=1.0,
    detach_reset=False,
)
SPIKINGJELLY = Constants(  # its default: tau = 2
    decay=0.5,
    decay_input=True,
    v_threshold=1.0,
    strict=False,
    reset="hard",
    v_reset=0.0,
    v_subtract=1.0,
    detach_reset=False,
)
