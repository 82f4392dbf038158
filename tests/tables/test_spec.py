"""The yamls of tables: what they ask for is there, and a mistake is one line with its remedy."""

import re
from functools import cache
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from snnexp.config.compose import compose
from snnexp.config.places import config_folder
from snnexp.errors import UserError
from snnexp.runs.identity import key
from snnexp.tables import papers, planned
from snnexp.tables.base import Row, Spec
from snnexp.tables.spec import ROW, SCALE, parse, read

NAMES = sorted(path.stem for path in (config_folder() / "table").glob("*.yaml"))
SPECS = [
    read(name, scale)
    for name in NAMES
    for scale in yaml.safe_load((config_folder() / "table" / f"{name}.yaml").read_text())
]
UNKNOWN = yaml.safe_load((Path(papers.__file__).parent / "paper_results.yaml").read_text())["missing"]
GOOD = {
    "small": {
        "label": "two cores",
        "seeds": [1, 2, 3],
        "overrides": "T=2 backbone=convnet",
        "paper": {"paper": "rmp", "table": "ablation", "dataset": "cifar10", "T": 4},
        "rows": [
            {"name": "vanilla", "exp": "rmp_vanilla_cifar10", "paper": {"backbone": "vgg16", "method": "vanilla"}},
            {
                "name": "RMP",
                "exp": "rmp_cifar10",
                "overrides": "'regularizer=[rmp]' regularizer.rmp.weight=0.2",
                "seeds": [7],
                "paper": {"backbone": "vgg16", "method": "rmp", "T": 2},
                "against": "vanilla",
            },
        ],
    }
}


def label(spec: Spec) -> str:
    return f"{spec.name}-{spec.scale}"


@cache
def config(exp: str, *overrides: str) -> dict:
    return compose([f"exp={exp}", *overrides]).config


def of(row: Row) -> dict:
    return config(row.exp, *row.overrides)


def test_the_papers_tables_and_their_ablations_are_there():
    assert {"rmp_main", "rmp_ablation", "inflor_main", "inflor_ablation", "asa_main", "asa_controls"} <= set(NAMES)
    assert {label(spec) for spec in SPECS} >= {
        f"{name}_ablation-{s}" for name in ("rmp", "inflor") for s in ("full", "small")
    }


@pytest.mark.parametrize("spec", SPECS, ids=label)
def test_every_row_trains_what_its_paper_s_key_names(spec: Spec):
    for row in spec.rows:
        found = of(row)
        if spec.scale == "full" and row.paper:
            names = {group: found[group]["_target_"].split(".")[2] for group in ("dataset", "backbone")}
            assert row.paper["dataset"] == names["dataset"] and row.paper["backbone"].startswith(names["backbone"])
            assert row.paper["T"] in (found["T"], None)
        elif spec.scale == "small":
            assert not row.paper  # another network or other data than the paper's


@pytest.mark.parametrize("spec", SPECS, ids=label)
def test_every_row_s_number_is_known_or_known_to_be_missing(spec: Spec):
    missing = {(each["paper"], each["table"]) for each in UNKNOWN}
    for row in spec.rows:
        if row.paper and (row.paper["paper"], row.paper["table"]) not in missing:
            assert papers.lookup(**row.paper, metric="accuracy") is not None


@pytest.mark.parametrize("paper", ["rmp", "inflor", "asa"])
def test_every_number_of_the_main_tables_has_its_row(paper: str):
    keys = [row.paper for row in read(f"{paper}_main", "full").rows]
    numbers = [n for n in papers.numbers().values() if (n.paper, n.table) == (paper, "main")]
    assert numbers and all(any(key.items() <= vars(n).items() for key in keys) for n in numbers)


@pytest.mark.parametrize("spec", [spec for spec in SPECS if spec.name.endswith("ablation")], ids=label)
def test_ablations_compare_arms_that_differ_in_their_method_alone(spec: Spec):
    configs = {row.name: of(row) for row in spec.rows}
    for row in spec.rows:
        for other in row.against:
            ours, theirs = (dict(configs[name]) for name in (row.name, other))
            changed = {group for group in ours if ours[group] != theirs[group]}
            assert changed and changed <= {"regularizer", "neuron"}
            assert {**ours["neuron"], "reset": "hard"} == theirs["neuron"]


@pytest.mark.parametrize("spec", [spec for spec in SPECS if spec.name.endswith("_why")], ids=label)
def test_tables_that_are_to_decide_state_so_before_they_are_trained(spec: Spec):
    assert spec.hypothesis and spec.primary and spec.margin
    assert all(len(row.seeds) >= 8 for row in spec.rows)
    assert len({key(of(row)) for row in spec.rows}) == len(spec.rows)  # no two rows are the same training


def test_the_tables_that_are_to_decide_are_there_at_two_scales():
    claims = {"rmp_why", "mpr_why", "soft_reset_why", "asa_why"}
    assert {label(spec) for spec in SPECS if spec.name in claims} == {
        f"{n}-{s}" for n in claims for s in ("small", "gpu")
    }


@pytest.mark.parametrize("spec", [spec for spec in SPECS if spec.scale == "gpu"], ids=label)
def test_a_word_of_minutes_on_a_gpu_rests_on_five_seeds(spec: Spec):
    assert all(len(row.seeds) >= 5 for row in spec.rows)


@pytest.mark.parametrize("scale", ["full", "small"])
def test_asa_is_compared_with_its_controls_and_not_with_vanilla_alone(scale: str):
    against = {row.name: row.against for row in read("asa_controls", scale).rows}
    assert {"vanilla", "constant gain 1/2", "random split", "spatial attention"} == {*against["ASA"]}


def test_rows_take_what_they_share():
    vanilla, rmp = parse("x", "a title", yaml.safe_dump(GOOD)).rows
    assert vanilla.overrides == ("T=2", "backbone=convnet") and vanilla.seeds == (1, 2, 3)
    assert rmp.overrides == (*vanilla.overrides, "regularizer=[rmp]", "regularizer.rmp.weight=0.2")
    assert rmp.seeds == (7,) and rmp.against == ("vanilla",) and vanilla.against == ()
    assert rmp.paper == {**vanilla.paper, "T": 2, "method": "rmp"}
    typed = "snnexp sweep exp=rmp_cifar10 T=2 backbone=convnet 'regularizer=[rmp]' regularizer.rmp.weight=0.2"
    assert rmp.sweep([7, 8]) == f"{typed} seed=7,8"


def test_the_paper_s_scale_comes_first():
    assert read("rmp_ablation").scale == "full" and read("cifar10_small").scale == "small"


def test_a_plan_is_another_one_when_what_it_decides_changes():
    def plan(**changes) -> str | None:
        return planned(parse("x", "t", yaml.safe_dump({"small": GOOD["small"] | {"hypothesis": "a"} | changes}))).plan

    first = plan()
    assert first is not None and first.startswith("x-small-") and plan(label="told otherwise") == first
    changed = [{"hypothesis": "b"}, {"margin": 0.5}, {"primary": "RMP"}, {"seeds": [1, 2]}, {"overrides": "T=3"}]
    assert len({first, *(plan(**each) for each in changed)}) == 6
    assert planned(parse("x", "t", yaml.safe_dump(GOOD))).plan is None
    row = planned(parse("x", "t", yaml.safe_dump({"small": GOOD["small"] | {"hypothesis": "a"}}))).rows[1]
    assert row.words([7])[-2:] == [f"plan={first}", "seed=7"]


def broken(**row) -> dict:
    return {"small": GOOD["small"] | {"rows": [GOOD["small"]["rows"][0] | row]}}


def with_keys(**scale) -> dict:
    return {"small": GOOD["small"] | scale}


def grid(**keys) -> dict:
    return with_keys(tuning={"rates": [0.1], "seeds": [101], "validation": 0.1} | keys)


def tuned(rates: dict[str, float]) -> dict:
    return {"small": grid()["small"] | {"tuned": {"of": "0123456789", "rates": rates}}}


def with_gain(*against: str) -> dict:
    more = {"name": "more", "exp": "rmp_cifar10", "against": [*against]}
    return with_keys(rows=[*GOOD["small"]["rows"], more], gains={"more": "RMP"})


def test_a_scale_names_what_it_is_to_decide():
    spec = parse("x", "x", yaml.safe_dump(with_keys(hypothesis="it helps", primary="RMP", margin=0.5)))
    assert (spec.hypothesis, spec.primary, spec.margin) == ("it helps", ("RMP",), 0.5)
    plain = parse("x", "x", yaml.safe_dump(GOOD))
    assert (plain.hypothesis, plain.primary, plain.margin) == (None, (), None) and plain.decides(plain.rows[1])
    twice = GOOD["small"]["rows"][1] | {"against": ["vanilla", "vanilla"]}
    with pytest.raises(UserError, match="row RMP: against=vanilla: named twice"):
        parse("x", "x", yaml.safe_dump(with_keys(rows=[GOOD["small"]["rows"][0], twice])))


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (broken(exp="rmp_cifar1"), "small.rows.0.exp=rmp_cifar1: no such experiment; did you mean rmp_cifar10"),
        (broken(overides="T=2"), "small.rows.0.overides=T=2: no such key; did you mean small.rows.0.overrides?"),
        (broken(paper={"bakbone": "x"}), "small.rows.0.paper.bakbone=x: no such key; did you mean small.rows.0.paper."),
        (broken(paper={"method": "rmp"}), "small.rows.0.paper.backbone: missing"),
        (broken(seeds=[1, 1]), "small.rows.0.seeds=[1, 1]: must be different numbers from 0 on"),
        (broken(seeds=[]), "small.rows.0.seeds=[]: must be different numbers"),
        (broken(seeds=["a"]), 'small.rows.0.seeds=["a"]: must be a list (each an integer)'),
        (broken(overrides="'T=2"), "No closing quotation"),
        (broken(against="vanila"), "row vanilla: against=vanila: no other row has that name; did you mean vanilla?"),
        (broken(against=["vanila", "x"]), "row vanilla: against=vanila: no other row has that name"),
        (broken(against=3), "small.rows.0.against=3: must be text or a list (each text)"),
        (
            with_keys(primary="RPM"),
            "small.primary=RPM: no row of that name is compared with another; did you mean RMP?",
        ),
        (with_keys(primary=["vanilla"]), "small.primary=vanilla: no row of that name is compared with another"),
        (with_keys(gains={"RPM": "RMP"}), "small.gains.RPM=RMP: no such key; did you mean small.gains.RMP?"),
        (
            with_keys(gains={"RMP": "vanilla"}),
            "small.gains.RMP=vanilla: no row of that name is compared with another",
        ),
        (with_keys(margin=0), "small.margin=0: must be above 0, in points of accuracy, as 0.5"),
        (with_keys(margin="half"), "small.margin=half: must be a number"),
        (grid(rates=[]), "small.tuning.rates=[]: must be different numbers above 0, as [0.03, 0.1]"),
        (grid(rates=[0.1, 0]), "small.tuning.rates=[0.1, 0]: must be different numbers above 0"),
        (grid(seeds=[3, 101]), "small.tuning.seeds=[3, 101]: must be others than the rows'"),
        (grid(seeds=[-1]), "small.tuning.seeds=[-1]: must be others than the rows'"),
        (grid(seeds=[101, 101]), "small.tuning.seeds=[101, 101]: must be others than the rows'"),
        (
            grid(validation=0),
            "small.tuning.validation=0: must be a share of the training set, as 0.1; rates are chosen by",
        ),
        (grid(validation=1.5), "small.tuning.validation=1.5: must be a share of the training set"),
        (grid(validation="a"), "small.tuning.validation=a: must be a number"),
        (tuned(rates={"RMP": 0.1}), "small.tuned.rates.vanilla: missing"),
        (tuned(rates={"RMP": 0.1, "RMS": 0.1}), "small.tuned.rates.RMS=0.1: no such key; did you mean"),
        (
            tuned(rates={"RMP": 0.1, "vanilla": 0.5}),
            "small.tuned.rates.vanilla=0.5: was not tried; `snnexp tune` chooses among 0.1",
        ),
        (with_gain("vanilla"), "small.gains.more=RMP: the two gains share a row; compare RMP with more instead"),
        (with_gain("RMP"), "small.gains.more=RMP: the two gains share a row; compare RMP with more instead"),
        (
            with_gain("vanilla", "RMP"),
            "small.gains.more=RMP: a gain is over one row; give each of the two one `against`",
        ),
        (grid() | {"small": GOOD["small"] | {"tuned": {}}}, "small.tuned: nothing says what was tried"),
        ({"small": {"rows": []}}, "small.label: missing"),
        ({"small": {"label": "x", "rows": [{"exp": "nmnist"}]}}, "small.rows.0.name: missing"),
        ({"small": GOOD["small"] | {"rows": 2 * GOOD["small"]["rows"]}}, "name=vanilla: two rows have it"),
        ({"medium": {}}, "medium={}: no such key; the keys there are full, gpu, small"),
        ({"small": 3}, "small=3: must be a group of keys, such as label"),
        ([], "content=[]: must be a group of keys, such as full"),
        ({}, "no scale full; there is none"),
    ],
    ids=lambda value: value[:40] if isinstance(value, str) else "",
)
def test_a_mistake_is_one_line_with_its_remedy(content, text: str):
    with pytest.raises(UserError, match=re.escape(f"table x: {text}")):
        parse("x", "a title", yaml.safe_dump(content))


def test_what_is_no_yaml_is_told():
    with pytest.raises(UserError, match=r"(?s)table x: .*line 1"):
        parse("x", "a title", "small: [")


def test_an_unknown_table_or_scale_is_told():
    with pytest.raises(UserError, match="rmp_ablatio: no such table; did you mean rmp_ablation"):
        read("rmp_ablatio")
    with pytest.raises(UserError, match="table cifar10_small: no scale full; there is small"):
        read("cifar10_small", "full")


@given(st.text(min_size=1), st.sampled_from(["small", "row"]))
def test_no_unknown_key_passes(key: str, where: str):
    if key in (SCALE if where == "small" else ROW):
        return
    content = broken(**{key: 1}) if where == "row" else {"small": GOOD["small"] | {key: 1}}
    with pytest.raises(UserError, match="no such key"):
        parse("x", "a title", yaml.safe_dump(content))


def test_a_row_that_gives_nothing_of_its_own_has_no_paper_s_number():
    shared = GOOD["small"] | {"rows": [{"name": "RMP", "exp": "rmp_cifar10"}]}
    assert parse("x", "x", yaml.safe_dump({"small": shared})).rows[0].paper == {}
