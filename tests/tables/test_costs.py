from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from snnexp.config.compose import compose
from snnexp.config.places import options
from snnexp.runs.identity import identify
from snnexp.runs.run import Run
from snnexp.tables.costs import EpochTime, hours_of, line, main, on_gpus

PAPERS = ("rmp_vanilla_cifar10", "rmp_cifar10")


def measured(exp: str, *words: str, seconds: float = 36.0) -> EpochTime:
    return EpochTime(compose([f"exp={exp}", *words]).config, exp, "a GPU", seconds)


def test_hours_are_epochs_by_the_seconds_of_the_same_work():
    found = [measured("rmp_cifar10", "trainer.epochs=2", "seed=7", seconds=9.0)]
    same = compose(["exp=rmp_cifar10", "trainer.epochs=400", "regularizer.rmp.weight=0.2"]).config
    assert hours_of(same, found) == pytest.approx(400 * 9 / 3600)
    for change in ("T=2", "backbone=vgg16", "trainer.batch_size=64", "regularizer=[]", "dataset=cifar100"):
        assert hours_of(compose(["exp=rmp_cifar10", change]).config, found) is None


def test_a_table_is_priced_when_all_of_its_rows_are_measured():
    words = ("", "backbone=resnet19", "backbone=vgg16")
    found = [measured(exp, *filter(None, [each])) for each in words for exp in PAPERS]
    hours = compose(["exp=rmp_cifar10"]).config["trainer"]["epochs"] / 100
    expected = [18 * hours, 3 * hours, hours]  # 18 trainings on eight GPUs: three rounds
    assert line("rmp_ablation", found) == ["`rmp_ablation`", "18", *(f"{each:.1f}" for each in expected)]
    assert line("rmp_ablation", found[:2]) == ["`rmp_ablation`", "18", "not measured yet (2 of 6 rows are)", "", ""]


@given(st.lists(st.floats(0.1, 100), min_size=1, max_size=30), st.integers(1, 8))
def test_gpus_are_never_idle_while_a_training_waits(hours: list[float], count: int):
    least = max(max(hours), sum(hours) / count)
    assert least <= on_gpus(hours, count) * (1 + 1e-9) and on_gpus(hours, count) <= 4 / 3 * least + max(hours)


def test_writes_the_page_from_kept_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    two = {name: options("table")[name] for name in ("rmp_ablation", "cifar10_small")}  # the second has no full scale
    monkeypatch.setattr("snnexp.tables.costs.options", lambda _: two)
    Path("docs").mkdir()
    Path("docs/scaling.md").write_text("before\n<!-- costs -->\nold\n<!-- /costs -->\nafter\n")
    main([])
    text = Path("docs/scaling.md").read_text()
    assert text.startswith("before\n") and text.endswith("after\n") and "old" not in text
    assert "| `rmp_ablation` | 18 | not measured yet |  |  |" in text and "cifar10_small" not in text

    monkeypatch.setattr("snnexp.runs.versions.device_name", lambda _: "a GPU")
    composed = compose(["exp=rmp_cifar10", "runs_dir=results/gpu"])
    on_gpu = replace(composed, config=composed.config | {"device": "cuda"})
    with Run.open(on_gpu, identify(on_gpu, {})) as run:
        for epoch, seconds in enumerate((99.0, 8.0, 9.0, 11.0)):
            run.log({"epoch": epoch, "seconds": seconds})
        run.finish({"test_accuracy": 0.9})
    main([])
    assert "a GPU: 9.0 s an epoch" in Path("docs/scaling.md").read_text()
