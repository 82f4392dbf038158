"""A table's figures from its records, by hand."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from snnexp.metrics.base.items import encode
from snnexp.tables import data, words
from snnexp.tables.base import Cell, Row, RunRecord, Spec, Table, Tuning
from snnexp.tables.lines import assemble
from snnexp.tables.verdict import Contrast

REMEDY = "; give another `runs_dir` to train them for this one."
KEY = {"paper": "rmp", "table": "ablation", "dataset": "cifar10", "backbone": "resnet20", "T": 4}
ROWS = (
    Row(
        name="vanilla",
        exp="rmp_vanilla_cifar10",
        overrides=(),
        seeds=(1, 2, 3),
        paper=KEY | {"method": "vanilla"},
        against=(),
    ),
    Row(
        name="RMP",
        exp="rmp_cifar10",
        overrides=("T=4",),
        seeds=(1, 2, 3),
        paper=KEY | {"method": "rmp"},
        against=("vanilla",),
    ),
    Row(name="other", exp="rmp_cifar10", overrides=(), seeds=(1,), paper={}, against=()),
)
SPEC = Spec(name="x", title="a title", scale="full", label="a label", rows=ROWS)
FIVE = replace(SPEC, rows=tuple(replace(row, seeds=(1, 2, 3, 4, 5)) for row in ROWS))  # enough for a word


def record(row: str, seed: int, accuracy: float, **fields) -> RunRecord:
    told = {"exp": "e", "id": "0123456789", "best_epoch": 3, "data": "a set", "firing_rate": 0.25, "commit": "c" * 40}
    told |= {"snnexp": "0.1.0", "torch": "2.10.0", "device": "a processor", "quantization_error": 0.5 - 0.01 * seed}
    told |= {"best_test_accuracy": accuracy + 0.01}
    return RunRecord(row=row, seed=seed, test_accuracy=accuracy, **told | fields)


RECORDS = [
    *(record("vanilla", seed, value) for seed, value in ((1, 0.91), (2, 0.90), (3, 0.92))),
    *(record("RMP", seed, value) for seed, value in ((1, 0.92), (2, 0.911), (3, 0.929), (4, 0.999))),
]


def cells(table: Table, line: str) -> dict[str, Cell]:
    (found,) = [each for each in table.lines if each.name == line]
    return {cell.metric.column or "": cell for cell in found.cells}


def test_figures_by_hand():
    table = assemble(SPEC, RECORDS)
    assert [line.name for line in table.lines] == ["vanilla", "RMP", "other"]
    vanilla = cells(table, "vanilla")
    summary = vanilla["accuracy"].summary  # 91, 90, 92 %
    assert summary is not None and (summary.n, summary.mean, summary.std) == (3, 91.0, pytest.approx(1.0))
    assert (summary.low, summary.high) == pytest.approx((91 - 2.484138, 91 + 2.484138), abs=1e-5)  # 4.302653 / sqrt(3)
    best = vanilla["best_accuracy"].summary
    assert best is not None and best.mean == pytest.approx(92.0)
    error = vanilla["quantization_error"].summary  # 0.49, 0.48, 0.47
    assert error is not None and (error.mean, error.std) == pytest.approx((0.48, 0.01))


def test_a_paper_s_number_stands_beside_the_best_epoch_as_its_code_chooses_it():
    sourced = KEY | {"table": "main", "backbone": "vgg16", "T": 10, "method": "rmp"}
    rows = (ROWS[0], replace(ROWS[1], paper=sourced))
    table = assemble(replace(SPEC, rows=rows), RECORDS)
    vanilla, rmp = (cells(table, name)["best_accuracy"] for name in ("vanilla", "RMP"))
    assert all(cell.paper is None for name, cell in cells(table, "RMP").items() if name != "best_accuracy")
    assert (str(vanilla.paper), vanilla.difference) == ("91.26 (weak)", None)  # recalled by nobody but us
    assert str(rmp.paper) == "94.39 (quoted) ± 0.08 (recalled)"
    assert rmp.difference == pytest.approx(94.975 - 94.39)
    grid = words.grids(table)[0]
    place = grid.head.index("paper")
    assert grid.head[place - 1] == "accuracy, best epoch on the test set (%)"
    assert [line[place + 1] for line in grid.body] == ["no source", "+0.58"]
    assert any("their code keeps that epoch" in remark for remark in words.remarks(table))


def test_other_methods_numbers_are_lines_of_a_main_table():
    main = replace(SPEC, rows=(replace(ROWS[0], paper=KEY | {"table": "main", "method": "rmp"}),))
    table = assemble(main, [])
    grid = words.grids(table)[-1]
    assert ("tet, cifar10, resnet19, T = 4", "accuracy", "94.44 (quoted)", "LM-HT, arXiv 2402.00411") in grid.body
    assert {number.dataset for number in table.published} == {"cifar10"} and not assemble(SPEC, []).published


def test_runs_that_chose_on_a_validation_split_stand_beside_no_paper():
    cell = cells(assemble(SPEC, [replace(each, best_test_accuracy=None) for each in RECORDS]), "vanilla")[
        "best_accuracy"
    ]
    assert cell.summary is None and cell.difference is None


def contrasts(table: Table) -> dict[str, Contrast]:
    """Those of RMP by their metric's column."""
    return {str(each.metric.column): each for each in table.contrasts if each.name == "RMP"}


def test_planned_seeds_are_compared_and_common_ones_paired():
    found = contrasts(assemble(SPEC, RECORDS))
    assert list(found) == ["accuracy", "firing_rate", "quantization_error"]  # the best epoch was chosen on the test set
    compared = found["accuracy"].found  # 92, 91.1, 92.9 and 91, 90, 92: 1.0, 1.1, 0.9; seed 4 was not planned
    assert compared is not None and (compared.n, compared.effect) == ((3, 3), pytest.approx(1.0))
    assert compared.pairs.n == 3 and compared.pairs.p == pytest.approx(0.0033, abs=1e-4)
    assert compared.p is not None and compared.p > 0.2 and found["accuracy"].verdict == "no word: fewer than 5 seeds"
    assert [found[name].judged for name in ("firing_rate", "quantization_error")] == [None, None]


def spread(row: str, mean: float, count: int = 5) -> list[RunRecord]:
    """Records of accuracies around a mean, a tenth of a point apart."""
    return [record(row, seed, mean + 0.001 * (seed - (count + 1) / 2)) for seed in range(1, count + 1)]


@pytest.mark.parametrize(
    ("rmp", "margin", "verdict"),
    [
        (0.915, None, "better"),
        (0.905, None, "worse"),
        (0.915, 1.0, "better, by less than 1.00"),
        (0.9101, 1.0, "equivalent within ±1.00"),
        (0.9101, 0.1, "no difference shown"),
    ],
)
def test_the_word_says_what_is_shown(rmp: float, margin: float | None, verdict: str):
    found = contrasts(assemble(replace(FIVE, margin=margin), [*spread("vanilla", 0.91), *spread("RMP", rmp)]))
    assert found["accuracy"].verdict == verdict and found["firing_rate"].verdict is None


def test_the_word_rests_on_test_items_too_where_they_are_few():
    def kept(row: str, accuracy: float, right: str) -> list[RunRecord]:
        return [replace(each, right=f"16:{right}") for each in spread(row, accuracy)]

    vanilla = kept("vanilla", 0.91, "0000")
    few, many = (assemble(FIVE, [*vanilla, *kept("RMP", 0.915, right)]) for right in ("f000", "ff80"))
    assert contrasts(few)["accuracy"].verdict == "by seeds, not shown on the test items"  # four of 16: p = 1/8
    assert contrasts(many)["accuracy"].verdict == "better"  # nine of 16: p = 1/256
    assert contrasts(few)["firing_rate"].items is None
    alone = assemble(FIVE, [*spread("vanilla", 0.91), *spread("RMP", 0.915)])
    assert contrasts(alone)["accuracy"].verdict == "better"
    told = "Of RMP and vanilla no test items were compared: the word rests on seeds alone."
    assert told in words.remarks(alone) and told not in words.remarks(many)


def test_more_comparisons_ask_for_more():
    records = [*spread("vanilla", 0.91), *spread("RMP", 0.9128)]
    alone, rows = (
        contrasts(assemble(FIVE, records))["accuracy"],
        (*FIVE.rows[:2], replace(FIVE.rows[2], against=("vanilla", "RMP"))),
    )
    among = contrasts(assemble(replace(FIVE, rows=rows), records))["accuracy"]  # the other two are not measured yet
    assert alone.judged and among.judged and alone.judged.p and among.judged.p == pytest.approx(3 * alone.judged.p)
    assert (alone.verdict, among.verdict) == ("better", "no difference shown")
    primary = contrasts(assemble(replace(FIVE, rows=rows, primary=("RMP",)), records))["accuracy"]
    assert primary.judged and primary.judged.p == alone.judged.p


def test_a_row_is_compared_with_each_that_it_names():
    rows = (FIVE.rows[0], FIVE.rows[1], replace(FIVE.rows[2], against=("RMP", "vanilla")))
    table = assemble(
        replace(FIVE, rows=rows, primary=("other",)),
        [*spread("vanilla", 0.91), *spread("RMP", 0.92), *spread("other", 0.93)],
    )
    judged = [
        (each.against, each.found.effect)
        for each in table.contrasts
        if each.name == "other" and each.judged and each.found
    ]
    assert judged == [("RMP", pytest.approx(93 - 92)), ("vanilla", pytest.approx(2))]
    described = [each for each in table.contrasts if each.name == "RMP"]
    assert len(described) == 3 and not any(each.judged or each.verdict for each in described)


def test_what_was_trained_for_another_plan_gets_no_word():
    asked, records = replace(FIVE, plan="x-full-0123456789"), [*spread("vanilla", 0.91), *spread("RMP", 0.915)]
    ours = [replace(each, plan=asked.plan) for each in records]
    assert contrasts(assemble(asked, ours))["accuracy"].verdict == "better"
    for other in (None, "x-full-9876543210"):
        table = assemble(asked, [replace(ours[0], plan=other), *ours[1:]])
        assert contrasts(table)["accuracy"].verdict == "no word: not trained for the table's plan"
        assert f"1 were trained for {other or 'no plan'}{REMEDY}" in table.notes
    dropped, another = (
        assemble(FIVE, [replace(each, plan=plan) for each in ours]) for plan in (asked.plan, "y-full-0")
    )
    assert contrasts(dropped)["accuracy"].verdict == "no word: not trained for the table's plan"
    assert contrasts(another)["accuracy"].verdict == "better"  # a table without a plan counts what others trained


def test_rows_of_folds_are_compared_by_pairs_and_on_the_items_of_all_folds():
    def kept(row: str, mean: float, right: list[int]) -> list[RunRecord]:
        bits = [encode(np.array([each], dtype=bool)) for each in right]
        return [replace(r, folds=5, right=bit) for r, bit in zip(spread(row, mean), bits, strict=True)]

    table = assemble(FIVE, [*kept("vanilla", 0.91, [0] * 5), *kept("RMP", 0.92, [1, 1, 1, 0, 0])])
    found = contrasts(table)["accuracy"]
    assert found.found and found.found.df is None and found.found.effect == pytest.approx(1.0)  # in every pair
    assert found.items and (found.items.n, found.items.more, found.items.fewer) == (5, 3, 0)
    assert any("Nadeau and Bengio" in remark for remark in words.remarks(table))
    part = assemble(FIVE, [*kept("vanilla", 0.91, [0] * 5), *kept("RMP", 0.92, [1] * 5)[:4]])
    assert contrasts(part)["accuracy"].items is None  # the last fold is not tested yet


def test_folds_of_which_a_part_is_trained_on_overlap_more_and_rates_may_have_seen_what_they_test():
    def folds(**changes: float) -> list[RunRecord]:
        moved = [replace(r, test_accuracy=r.test_accuracy + 0.001 * r.seed) for r in spread("RMP", 0.92)]
        return [replace(r, folds=5, **changes) for r in (*spread("vanilla", 0.91), *moved)]

    whole, half = (contrasts(assemble(FIVE, folds(**each)))["accuracy"].found for each in ({}, {"trained": 0.5}))
    assert whole and half and whole.error and half.error
    assert half.error / whole.error == pytest.approx(((1 / 5 + 1 / 2) / (1 / 5 + 1 / 4)) ** 0.5)
    tuned = replace(FIVE, tuning=Tuning(rates=(0.1,), seeds=(101,), validation=0.1, tried="0123456789"))
    told = "Learning rates were chosen on samples that folds test as well"
    assert any(remark.startswith(told) for remark in words.remarks(assemble(tuned, folds())))
    assert not any(remark.startswith(told) for remark in words.remarks(assemble(FIVE, folds())))


def test_a_table_whose_rates_are_not_chosen_gives_no_word():
    tuning = Tuning(rates=(0.1,), seeds=(101,), validation=0.1)
    records = [*spread("vanilla", 0.91), *spread("RMP", 0.915)]
    untuned = assemble(replace(FIVE, tuning=tuning), records)
    assert contrasts(untuned)["accuracy"].verdict == "no word: not trained for the table's plan"
    assert any(note.startswith("Learning rates are not chosen yet, so no word is given;") for note in untuned.notes)
    chosen = assemble(replace(FIVE, tuning=replace(tuning, tried="0123456789")), records)
    assert contrasts(chosen)["accuracy"].verdict == "better"


def test_rates_that_were_chosen_are_told_and_what_is_compared_at_different_ones():
    tuning = Tuning(rates=(0.1, 0.01, 0.03), seeds=(101, 102), validation=0.1, tried="0123456789")
    rated = replace(FIVE, tuning=tuning, rows=tuple(map(with_rate, FIVE.rows, (0.03, 0.1, 0.03))))
    told = [*words.remarks(assemble(rated, []))]
    each = "0.03 for `vanilla`, `other`; 0.1, an end of the grid, for `RMP`"
    assert f"Learning rates, of 0.01, 0.03, 0.1 by 2 seeds on validation: {each}." in told
    assert "Compared at different learning rates, which may be what they differ by: RMP against vanilla." in told
    same = replace(rated, rows=tuple(replace(row, rate=0.03) for row in rated.rows))
    for spec in (same, replace(FIVE, tuning=replace(tuning, tried=None))):
        assert not any("different learning rates" in each for each in words.remarks(assemble(spec, [])))


def with_rate(row: Row, rate: float) -> Row:
    return replace(row, rate=rate)


def test_a_gain_is_compared_with_another_seed_by_seed():
    later = [replace(FIVE.rows[0], name="late"), replace(FIVE.rows[1], name="RMP, late", against=("late",))]
    asked = replace(FIVE, rows=(*FIVE.rows[:2], *later), primary=("RMP",), gains=(("RMP, late", "RMP"),))
    records = [*spread("vanilla", 0.91), *spread("RMP", 0.912), *spread("late", 0.91), *spread("RMP, late", 0.915)]
    records[5] = replace(records[5], test_accuracy=records[5].test_accuracy + 0.001)
    found = assemble(asked, records).contrasts[-1]
    assert (found.name, found.against) == ("gain of RMP, late", "gain of RMP") and found.found and found.judged
    # gains of 0.5 five times, less those of 0.3 once and 0.2 four times: 0.28, with an error of 0.1 sqrt(0.2 / 5)
    assert found.found.effect == pytest.approx(0.28) and found.found.error == pytest.approx(0.02)
    assert found.verdict == "better" and found.complete
    family = [each.judged.p for each in assemble(asked, records).contrasts if each.judged]
    assert len(family) == 2  # judged together with the primary comparison
    assert "gain of RMP, late" in data.to_csv(assemble(asked, records))
    assert not assemble(asked, records[1:]).contrasts[-1].complete
    # of 16 items the later method gains eight, which show the gain as well, or three, which do not
    for gained, verdict in (("ff00", "better"), ("e000", "by seeds, not shown on the test items")):
        bits = {"RMP, late": gained}
        kept = [replace(each, right=f"16:{bits.get(each.row, '0000')}") for each in records]
        table = assemble(asked, kept)
        assert table.contrasts[-1].verdict == verdict and any("sign-flip" in each for each in words.remarks(table))
    assert assemble(asked, records[5:]).contrasts[-1].found is None


def test_missing_seeds_have_their_command():
    vanilla, rmp, other = assemble(SPEC, RECORDS[1:4]).lines
    assert vanilla.missing == "snnexp sweep exp=rmp_vanilla_cifar10 seed=1" and vanilla.seeds == (2, 3) and vanilla.few
    assert rmp.missing == "snnexp sweep exp=rmp_cifar10 T=4 seed=2,3"
    assert other.missing == "snnexp sweep exp=rmp_cifar10 seed=1" and other.cells[0].summary is None
    whole = assemble(SPEC, RECORDS).lines[0]
    assert whole.missing is None and whole.few and not assemble(FIVE, spread("vanilla", 0.9)).lines[0].few


@settings(max_examples=20)
@given(st.permutations([*RECORDS, record("RMP [T=2]", 1, 0.5), record("vanilla [T=2]", 1, 0.5, commit="d" * 40)]))
def test_the_order_of_runs_changes_nothing(records):
    ordered = sorted(records, key=lambda each: (each.row, each.seed))
    assert assemble(SPEC, records) == assemble(SPEC, ordered)


def test_lines_apart_follow_with_neither_paper_nor_comparison():
    table = assemble(SPEC, [*RECORDS, record("RMP [T=2]", 1, 0.5)])
    assert table.lines[-1].name == "RMP [T=2]" and table.lines[-1].missing is None
    assert all(cell.paper is None for cell in table.lines[-1].cells)
    assert {each.name for each in table.contrasts} == {"RMP"}


def test_what_all_runs_share_is_told_once():
    shared = "All runs: snnexp 0.1.0, commit cccccccccc, torch 2.10.0, device a processor."
    assert assemble(SPEC, RECORDS).notes == (shared, "Data: a set.")
    assert assemble(SPEC, []).notes == ()


def test_lines_whose_runs_differ_are_named():
    first, *rest = RECORDS
    mixed = [replace(first, commit=None, snnexp="0.2.0", data="a set (split e21574050f71)"), *rest]
    assert assemble(SPEC, mixed).notes == (
        "All runs: torch 2.10.0, device a processor.",
        "Runs differ in snnexp: vanilla: 0.1.0, 0.2.0; RMP: 0.1.0.",
        "Runs differ in commit: vanilla: None, cccccccccc; RMP: cccccccccc.",
        "Data: a set; a set (split e21574050f71).",
        "Runs of vanilla differ in data: a set; a set (split e21574050f71).",
        "RMP is not compared with vanilla: their data differ.",
    )


def test_a_mixture_of_threads_is_marked_and_lines_of_other_data_are_not_compared():
    vanilla, rmp = ([each for each in RECORDS if each.row == row] for row in ("vanilla", "RMP"))
    mixed = [replace(each, threads=each.seed, fingerprint="a") for each in vanilla]
    table = assemble(SPEC, [*mixed, *(replace(each, threads=1, fingerprint="b") for each in rmp)])
    assert "Runs differ in threads: vanilla: 1, 2, 3; RMP: 1." in table.notes
    assert "RMP is not compared with vanilla: their data differ." in table.notes
    assert all(each.found is None for each in table.contrasts)
    same = assemble(SPEC, [replace(each, fingerprint="a") for each in RECORDS])
    assert contrasts(same)["accuracy"].found is not None


def test_runs_of_a_plan_that_was_changed_since_are_told():
    planned = replace(SPEC, plan="x-full-1")
    runs = [replace(each, plan="x-full-1" if each.seed > 1 else "x-full-0") for each in RECORDS]
    notes = assemble(planned, runs).notes
    assert (
        "Plan x-full-1: 5 of 7 runs were trained for it." in notes and f"2 were trained for x-full-0{REMEDY}" in notes
    )
    assert f"7 were trained for no plan{REMEDY}" in assemble(planned, RECORDS).notes
    dropped = assemble(SPEC, runs).notes
    assert "5 were trained for x-full-1." in dropped
    assert any(note.startswith("The yaml has no hypothesis any more") for note in dropped)
    others = assemble(SPEC, [replace(each, plan="y-full-1") for each in RECORDS]).notes  # trained for another table
    assert "7 were trained for y-full-1." in others and not any("any more" in note for note in others)
    assert not any("plan" in note.lower() for note in [*assemble(planned, []).notes, *assemble(SPEC, RECORDS).notes])


def test_the_time_that_runs_took_is_told_by_device_where_it_was_kept():
    timed = [replace(each, seconds=30.4 * each.seed) for each in RECORDS]
    assert "Time: 7 runs took 486 s in all on a processor, each from its last start." in assemble(SPEC, timed).notes
    two = [replace(timed[0], device="another"), *timed[1:]]
    assert [note[:24] for note in assemble(SPEC, two).notes if note.startswith("Time")] == [
        "Time: 6 runs took 456 s ",
        "Time: 1 runs took 30 s i",
    ]
    part = [replace(timed[0], seconds=None), *timed[1:]]
    assert not any(note.startswith("Time") for note in assemble(SPEC, part).notes)


def test_what_no_test_can_judge_is_said():
    flat = [record(row, seed, value) for row, value in (("vanilla", 0.9), ("RMP", 0.91)) for seed in range(1, 6)]
    assert contrasts(assemble(FIVE, flat))["accuracy"].verdict == "no spread, not tested"
    two = [each for each in RECORDS if each.seed < 3]
    assert contrasts(assemble(SPEC, two))["accuracy"].verdict == "no word: fewer than 5 seeds"
    single = contrasts(assemble(SPEC, [RECORDS[0], RECORDS[3]]))
    assert single["accuracy"].verdict == "no word: fewer than 5 seeds"
    six = tuple(replace(row, seeds=(1, 2, 3, 4, 5, 6)) for row in ROWS)
    five = [*spread("vanilla", 0.91), *spread("RMP", 0.92)]
    found = contrasts(assemble(replace(SPEC, rows=six), five))["accuracy"]
    assert found.verdict == "no word: planned seeds are missing"


def test_equal_are_those_with_the_same_seeds_and_items():
    equal = [record(row, seed, 0.9, right=encode(np.ones(8, bool))) for row in ("vanilla", "RMP") for seed in (1, 2, 3)]
    assert contrasts(assemble(SPEC, equal))["accuracy"].verdict == "equal with every seed, not tested"
    one_more = [*equal[:-1], replace(equal[-1], right=encode(np.arange(8) > 0))]
    other_items = [*equal[:3], *(replace(each, right=encode(np.arange(8) > 0)) for each in equal[3:])]
    for records in (equal[:5], one_more, other_items):
        assert "equal" not in str(contrasts(assemble(SPEC, records))["accuracy"].verdict)


def test_a_method_that_did_nothing_is_told_beside_its_line():
    told = "rmp does nothing, its lambda is 0 in every epoch"
    equal = [
        record(row, seed, 0.9, warnings=told if row == "RMP" else None) for row in ("vanilla", "RMP") for seed in (1, 2)
    ]
    table = assemble(SPEC, equal)
    assert words.grids(table)[1].body[0][-1] == "equal with every seed, not tested"
    assert f"Warning of RMP: {told}." in [*words.remarks(table)]
    assert "Warning" not in " ".join(words.remarks(assemble(SPEC, RECORDS)))
