"""The sentences about a table say what was found, and no more."""

from dataclasses import replace

from snnexp.tables import evidence
from snnexp.tables.base import Row, RunRecord, Spec
from snnexp.tables.lines import assemble

ROWS = tuple(
    Row(name=name, exp=name, overrides=(), seeds=(1, 2, 3, 4, 5), paper={}, against=against)
    for name, against in (("vanilla", ()), ("RMP", ("vanilla",)))
)
SPEC = Spec(name="x_why", title="why", scale="small", label="tiny", rows=ROWS, margin=1.0)


def records(row: str, mean: float) -> list[RunRecord]:
    """Five runs, a tenth of a point of accuracy apart."""
    told = {"exp": "e", "id": "0123456789", "best_epoch": 0, "data": "a set", "commit": None, "snnexp": "0.1.0"}
    told |= {"torch": "2.10.0", "device": "a processor", "best_test_accuracy": None, "quantization_error": 0.5}
    told |= {"firing_rate": 0.2}
    return [RunRecord(row=row, seed=seed, test_accuracy=mean + 0.001 * (seed - 3), **told) for seed in range(1, 6)]


def sentence(rmp: float, spec: Spec = SPEC) -> str:
    (told,) = evidence.sentences(assemble(spec, [*records("vanilla", 0.9), *records("RMP", rmp)]))
    return told


def test_a_null_result_names_the_smallest_difference_that_would_have_been_shown():
    # deviation sqrt(0.025) = 0.158 points, error 0.1; times 3.23 by tables of power for 8 degrees of freedom
    told = sentence(0.9005, replace(SPEC, margin=0.1))
    assert told.startswith(
        "**RMP against vanilla**: +0.05 [-0.18, +0.28] points of accuracy, no difference shown; with"
    )
    assert (
        "a true difference of 0.32 points would be shown with a probability of 0.8. Beside it: firing rate +0.0000"
        in told
    )


def test_a_difference_that_is_shown_says_so():
    assert sentence(0.92).startswith("**RMP against vanilla**: +2.00 [+1.77, +2.23] points of accuracy, better. ")


def test_what_is_not_measured_is_not_judged():
    assert [*evidence.sentences(assemble(SPEC, []))] == ["**RMP against vanilla**: not measured yet."]
    text = evidence.put(assemble(SPEC, []))
    assert ".png" not in text and "### x_why, scale small" in text
    assert "(evidence-x_why-small.png)" in evidence.put(assemble(SPEC, records("RMP", 0.9)))
