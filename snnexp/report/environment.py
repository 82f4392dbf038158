"""What finished runs were trained with."""

from collections import Counter
from collections.abc import Mapping, Sequence

from snnexp.report.base.runs import ShownRun

KEYS = ("snnexp", "commit", "torch", "triton", "python", "device", "float32_products", "threads", "data")


def environment(runs: Sequence[ShownRun]) -> Mapping[str, Counter[str]]:
    """Return how many runs say which version, commit, device and data; nothing before a run has finished."""
    results = [run.result for run in runs if run.result]
    return {key: Counter(str(result.get(key)) for result in results) for key in KEYS} if results else {}
