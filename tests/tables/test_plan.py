"""What a table can show and costs, against values by hand and from tables of power."""

from dataclasses import replace

import pytest
import yaml

from snnexp.errors import UserError
from snnexp.tables.base import RunRecord, Spec
from snnexp.tables.plan import Assumed, describe
from snnexp.tables.spec import parse

YAML = {
    "label": "two cores",
    "hypothesis": "RMP helps",
    "margin": 0.6,
    "seeds": [1, 2, 3, 4],
    "overrides": "trainer.epochs=10",
    "rows": [
        {"name": "vanilla", "exp": "rmp_vanilla_cifar10"},
        {"name": "RMP", "exp": "rmp_cifar10", "against": "vanilla"},
    ],
}


def spec(**changes) -> Spec:
    return parse("x", "a title", yaml.safe_dump({"small": YAML | changes}))


def record(row: str, seed: int, accuracy: float, seconds: float = 100.0) -> RunRecord:
    told = {"exp": "e", "id": "0123456789", "best_epoch": 3, "best_test_accuracy": 1.0, "firing_rate": 0.2}
    told |= {"quantization_error": 0.5, "data": "a set", "snnexp": "0.1.0", "commit": None, "torch": "2.10.0"}
    return RunRecord(row=row, seed=seed, test_accuracy=accuracy, seconds=seconds, device="a processor", **told)


def told(spec: Spec, *records: RunRecord, **assumed: float) -> dict[str, str]:
    lines = [line.split(maxsplit=1) for line in describe(spec, records, Assumed(**assumed))]
    return {first: rest for first, rest in lines}


def test_before_anything_is_trained_it_says_what_is_not_known():
    found = told(spec())
    assert found["x,"] == "scale small: 2 rows, 8 runs, 8 of them missing"
    assert found["detectable"].startswith("not known: no row has two finished runs; give --std POINTS")
    assert found["time"] == "not measured for vanilla, RMP; train a seed of each, or give --epoch-seconds S"
    assert found["primary"] == "RMP against vanilla" and found["hypothesis"] == "RMP helps"


@pytest.mark.parametrize(("std", "seeds"), [(0.25, "5"), (0.4, "9"), (1.0, "45")])
def test_seeds_are_those_of_tables_of_power_and_no_fewer_than_five(std: float, seeds: str):
    found = told(spec(), std=std, epoch_seconds=9.0)
    assert found["seeds"] == f"{seeds} a row to show 0.6 points"
    assert found["time"].startswith("0.20 hours for the missing runs")  # eight of ten epochs of nine seconds
    assert found["spread"] == f"standard deviation of {std:.2f} points, as given"


def test_whether_rates_are_chosen_is_told():
    grid = {"rates": [0.03, 0.1], "seeds": [101], "validation": 0.1}
    assert told(spec(tuning=grid))["rates"] == "0.03, 0.1 tried with each row, not yet: `snnexp tune x --scale small`"
    chosen = {"of": "0123456789", "rates": {"vanilla": 0.1, "RMP": 0.03}}
    found = told(spec(tuning=grid, tuned=chosen))
    assert found["rates"] == "0.03, 0.1 tried with each row, the best on validation chosen"
    assert "rates" not in told(spec())


def test_equivalence_takes_seeds_of_its_own():
    # by simulation of 200,000 pairs of equal conditions: 8 seeds show it in 76 %, 9 in 83 %
    assert told(spec(), std=0.4)["equivalence"].startswith("9 a row to show that equal rows differ by less than 0.6")


def test_more_primary_comparisons_ask_for_more_seeds():
    rows = [*YAML["rows"], {"name": "twice", "exp": "rmp_cifar10", "overrides": "regularizer.rmp.weight=0.2"}]
    rows[2]["against"] = ["vanilla", "RMP"]
    found = told(spec(rows=rows), std=0.4)
    assert "0.05 / 3" in found["detectable"] and int(found["seeds"].split()[0]) > 9
    later = [{"name": "late", "exp": "rmp_vanilla_cifar10"}, {"name": "twice", "exp": "rmp_cifar10", "against": "late"}]
    pairs = [*YAML["rows"], *later]
    gain = told(spec(rows=pairs, primary=["RMP", "twice"], gains={"twice": "RMP"}), std=0.4)
    assert gain["primary"].endswith("; gain of twice against gain of RMP") and "0.05 / 3" in gain["detectable"]
    assert int(gain["seeds"].split()[0]) > int(found["seeds"].split()[0])  # a gain spreads more than an accuracy
    assert "0.05 / 2" in told(spec(rows=rows, primary="twice"), std=0.4)["detectable"]


def test_folds_of_which_a_part_is_trained_on_overlap_more():
    def detectable(**changes: object) -> float:
        return float(told(spec(seeds=[1, 2, 3, 4, 5], **changes), std=0.4)["detectable"].split()[0])

    assert detectable(overrides="dataset.folds=5") > detectable()
    assert detectable(overrides="dataset.folds=5 dataset.share=0.5") > detectable(overrides="dataset.folds=5")


def test_finished_runs_tell_spread_and_time():
    # deviations sqrt(2)/2 and sqrt(2)/10 points of two seeds each: pooled sqrt((0.5 + 0.02) / 2) = 0.51
    runs = [
        record("vanilla", 1, 0.90),
        record("vanilla", 2, 0.91, 300.0),
        record("RMP", 1, 0.92),
        record("RMP", 2, 0.922),
    ]
    found = told(spec(), *runs)
    assert found["spread"] == "standard deviation of 0.51 points, of 4 finished runs of 2 rows"
    # two seeds are missing of each: 2 * 200 + 2 * 100 s
    assert found["time"] == "0.17 hours for the missing runs, one after the other, by finished runs on a processor"
    whole = [replace(runs[0], row=row, seed=seed) for row in ("vanilla", "RMP") for seed in (1, 2, 3, 4)]
    assert told(spec(), *whole, std=1.0)["time"] == "nothing is missing"


def test_a_table_that_decides_nothing_says_so():
    plain = spec(rows=[YAML["rows"][0]], hypothesis="x")
    assert told(plain, std=1.0)["detectable"] == "not known: no comparison is primary"
    no_margin = parse(
        "x", "t", yaml.safe_dump({"small": {k: v for k, v in YAML.items() if k not in ("margin", "hypothesis")}})
    )
    found = told(no_margin, std=1.0)
    assert found["seeds"].startswith("not known: neither a margin") and found["plan"].startswith("none")


@pytest.mark.parametrize("value", [0.0, -1.0, float("nan"), float("inf")])
def test_a_number_that_is_not_above_0_is_refused(value: float):
    with pytest.raises(UserError, match=r"--epoch-seconds .*: must be above 0"):
        Assumed(epoch_seconds=value)
