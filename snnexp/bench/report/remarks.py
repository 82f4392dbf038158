"""What was measured without a bound that it must keep: whether compiling helps, and what an evaluation costs."""

from snnexp.bench.report.base import (
    OURS,
    SPIKINGJELLY,
    TWIN,
    Found,
    Row,
    Rows,
    compared,
    fastest,
    inverse,
    select,
    shown,
)

COMPILED, PAIR = f"{OURS}, torch.compile", f"{OURS}, batch norm apart"
UNMEASURED = f"{OURS}, potentials not measured"
LAYOUTS = [SPIKINGJELLY, f"{SPIKINGJELLY}, channels_last"]


def remarks(rows: Rows) -> str:
    """Return a line each."""
    step = select(rows["step-cpu"], case="convnet"), select(rows["step-cuda"], case="resnet20")
    apart = compared(rows["step-cpu"], "ratio_to_ours", contender=PAIR)
    default = [compared(rows["step-cpu"], "ratio_to_ours", contender=who, memory="default") for who in LAYOUTS]
    lines = [
        compiling(step[0], "the small convolutional network on a CPU"),
        compiling(step[1], "ResNet-20 on a GPU"),
        evaluating(select(rows["inference-cpu"], case="resnet20"), "ResNet-20 on a CPU"),
        evaluating(select(rows["inference-cuda"], case="resnet19"), "ResNet-19 on a GPU"),
        evaluating(select(rows["inference-cuda"], case="resnet20"), "ResNet-20 on a GPU"),
        f"Step of ResNet-20 on a CPU with batch norm apart, to ours: {shown(*apart)}",
        f"SpikingJelly's step on a CPU, in its faster layout, its memory not kept, to ours: {shown(*fastest(default))}",
    ]
    return "".join(f"- {line}.\n" for line in lines)


def compiling(step: list[Row], where: str) -> str:
    """Return the time of a compiled step to that of one as it is, and what follows."""
    found = compared(step, "ratio_to_ours", contender=COMPILED)
    return f"Time of a training step of {where} under `torch.compile`, to one without: {shown(*found)}{verdict(*found)}"


def verdict(middle: float | None, interval: tuple[float, float] | None) -> str:
    """Return what an interval of a ratio says, if there is one."""
    if interval is None:
        return ""
    low, high = interval
    return ", so compiling helps" if high < 1 else ", so compiling harms" if low > 1 else ", so no difference is shown"


def evaluating(rows: list[Row], where: str) -> str:
    """Compare ours with the twin, SpikingJelly, ours without folding, and ours without figures of potentials."""

    def to_ours(contender: str, **wanted: str) -> Found:
        return compared(rows, "ratio_to_ours", contender=contender, **wanted)

    ratios = {
        "ours to its ReLU twin's": inverse(*to_ours(TWIN)),
        "SpikingJelly's, in its faster layout, to ours": fastest([to_ours(who, memory="default") for who in LAYOUTS]),
        "SpikingJelly's with its freed memory kept, too": fastest([to_ours(who, memory="kept") for who in LAYOUTS]),
        "ours with batch norm apart to ours": to_ours(PAIR),
        "ours to ours without figures of potentials": inverse(*to_ours(UNMEASURED)),
    }
    known = [f"{text} {shown(*found)}" for text, found in ratios.items() if found[0] is not None]
    return f"Time of an evaluation of {where}: {'; '.join(known) or shown(None, None)}"
