import re
from pathlib import Path
from typing import Literal

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from snnexp.config.compose import compose, compose_engines, compose_stored
from snnexp.config.places import config_folder, options
from snnexp.errors import UserError
from snnexp.machine.devices import Machine

EXPERIMENTS = list(options("exp"))
PARTS = [
    (path.parent.name, path.stem) for path in sorted(config_folder().glob("*/*.yaml")) if path.parent.name != "exp"
]


def refusal(*overrides: str, **given) -> str:
    with pytest.raises(UserError) as caught:
        compose(list(overrides), **given)
    assert len(str(caught.value).splitlines()) == 1
    return str(caught.value)


def test_the_default_is_plain_resolved_and_named_quickstart():
    composed = compose([])
    assert composed.exp == "quickstart" and composed.overrides == []
    assert composed.config == yaml.safe_load(yaml.safe_dump(composed.config))
    assert composed.config["schedule"]["T_max"] == composed.config["trainer"]["epochs"]
    assert composed.config["device"] in ("cpu", "cuda") and "hydra" not in composed.config
    named = compose(["exp=quickstart"])
    assert (named.exp, named.config) == (composed.exp, composed.config)


@pytest.mark.parametrize("exp", EXPERIMENTS)
def test_every_experiment_composes(exp: str):
    assert compose([f"exp={exp}"]).exp == exp


def test_an_experiment_is_chosen_with_or_without_a_plus():
    with_one, without = compose(["+exp=rmp_cifar10"]), compose(["exp=rmp_cifar10"])
    assert (with_one.config, with_one.exp) == (without.config, without.exp)


@pytest.mark.parametrize(("group", "name"), [part for part in PARTS if part[0] not in ("table", "exp")])
def test_every_part_can_be_chosen(group: str, name: str):
    compose([f"{group}=[{name}]" if group == "regularizer" else f"{group}={name}"])


def test_overrides_win_over_the_experiment(tmp_path: Path):
    (tmp_path / "exp").mkdir()
    (tmp_path / "exp/mine.yaml").write_text("# @package _global_\n# mine\nT: 7\nseed: 3\n")
    composed = compose(["T=9", "exp=mine"], str(tmp_path))
    assert (composed.config["T"], composed.config["seed"], composed.exp) == (9, 3, "mine")


def test_a_users_folder_may_have_any_name(tmp_path: Path):
    folder = tmp_path / "it's a 'folder', = {odd}"
    (folder / "loss").mkdir(parents=True)
    yaml_text = "# mine\n_target_: snnexp.losses.cross_entropy.CrossEntropy\nlabel_smoothing: 0.25\n"
    (folder / "loss/mine.yaml").write_text(yaml_text)
    assert compose(["loss=mine"], str(folder)).config["loss"]["label_smoothing"] == 0.25
    assert refusal("loss=mime", config_dir=str(folder)) == "loss=mime: no such loss; did you mean mine?"


@pytest.mark.parametrize(
    ("overrides", "text"),
    [
        (["trainer.epoch=3"], "trainer.epoch=3: no such key; did you mean trainer.epochs?"),
        (["trainr.epochs=3"], "trainr.epochs=3: no such key; did you mean trainer.epochs?"),
        (["+trainer.epoch=3"], "trainer.epoch=3: no such key; did you mean trainer.epochs?"),
        (["lr=2"], "lr=2: no such key; did you mean optimizer.lr?"),
        (["+learning_rate=0.1"], "learning_rate=0.1: no such key; the keys there are T, seed, device"),
        (["backbone=resnet2"], "backbone=resnet2: no such backbone; did you mean resnet20"),
        (["backbone=3"], "backbone=3: no such backbone; there are "),
        (["regularizer=[rpm]"], "regularizer=rpm: no such regularizer; did you mean rmp?"),
        (["regularizer.rmp.weight=2"], "regularizer.rmp.weight=2: rmp is not chosen; add regularizer=[rmp]"),
        (["T=1", "seed=2", "neuron.deacy=0"], "neuron.deacy=0: no such key; did you mean neuron.decay?"),
        (["T"], "T: write T=VALUE"),
        (["rmp_cifar10"], "rmp_cifar10: write exp=rmp_cifar10"),
        (["T=["], "T=[: "),
        (['exp=a"b'], 'exp=a"b: no such exp; there are asa_'),
        (["exp=é"], "exp=é: no such exp; there are asa_"),
        (["exp=../x"], "exp=../x: no such exp; there are asa_"),
        (["exp=a=b"], "exp=a=b: no such exp; there are asa_"),
        (["exp=a\nb"], "exp='a\\nb': no such exp; there are asa_"),
        (["runs_dir=/é"], "runs_dir=/é: its characters need quotes of their own; write 'runs_dir=\"/é\"'"),
        (["runs_dir="], "runs_dir=: names no folder; write runs_dir=runs"),
        (["runs_dir=' '"], "runs_dir= : names no folder; write runs_dir=runs"),
        (["T=1,2"], "T=1,2: several values; `snnexp sweep` runs each"),
        (["T=${nothing}"], "T=${nothing}: Interpolation key 'nothing' not found"),
        (["T=???"], "T=???: Missing mandatory value"),
        (["+loss=mse_rate"], "+loss=mse_rate: there is one already; write loss=mse_rate"),
        (["~loss"], "loss: missing"),
        (["~losss"], "losss=: no such key; did you mean loss?"),
        (["trainer.epochs=-3"], "trainer.epochs=-3: must be at least 1"),
        (["trainer.epochs=many"], "trainer.epochs=many: must be an integer"),
        (["optimizer.lr=1e400"], "optimizer.lr=Infinity: must be a finite number"),
        (["optimizer.lr=nan"], "optimizer.lr=NaN: must be a finite number"),
        (["loss._target_=os.system"], "loss._target_=os.system: must begin with snnexp."),
        (["device=cuda:99"], "device=cuda:99: "),
        (["hydra.run.dir=/x"], "hydra.run.dir=/x: does nothing for a run; a run's folder is <runs_dir>/"),
        (["++hydra.sweep.dir=/x"], "++hydra.sweep.dir=/x: does nothing for a run; a run's folder is <runs_dir>/"),
        (["hydra/launcher=joblib"], "hydra/launcher=joblib: does nothing for a run; it belongs to `snnexp sweep`"),
        (["hydra.searchpath=[x]"], "hydra.searchpath=[x]: does nothing for a run; write --config-dir DIR"),
        (["hydra/job_logging=none"], "hydra/job_logging=none: does nothing for a run; leave it out"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_refuses_in_one_line(overrides: list[str], text: str):
    assert refusal(*overrides).startswith(text)


def test_an_unknown_experiment_is_told_with_the_nearest(tmp_path: Path):
    (tmp_path / "exp").mkdir()
    (tmp_path / "exp/my_experiment.yaml").write_text("# @package _global_\n# mine\n")
    assert refusal("exp=my_experimnt", config_dir=str(tmp_path)) == (
        "exp=my_experimnt: no such exp; did you mean my_experiment?"
    )


def test_a_mistake_in_a_users_config_is_told_too(tmp_path: Path):
    (tmp_path / "exp").mkdir()
    (tmp_path / "exp/broken.yaml").write_text("# @package _global_\n# mine\nT: [1\n")
    (tmp_path / "exp/extra.yaml").write_text("# @package _global_\n# mine\ntrainer:\n  epoch: 1\n")
    assert refusal("exp=broken", config_dir=str(tmp_path)).startswith("+exp=broken: ")
    assert refusal("exp=extra", config_dir=str(tmp_path)).startswith("trainer.epoch=1: no such key; did you mean")
    assert refusal(config_dir=str(tmp_path / "none")).startswith(f"--config-dir {tmp_path / 'none'}: no such folder; ")


keys = st.sampled_from(
    ["T", "exp", "loss", "trainer.epochs", "regularizer", "regularizer.rmp.weight", "hydra.verbose", ""]
)


@settings(max_examples=25)
@given(sign=st.sampled_from(["", "+", "++", "~"]), key=keys | st.text(max_size=5), value=st.text(max_size=8))
def test_no_override_ends_in_anything_but_one_line(sign: str, key: str, value: str):
    try:
        compose([f"{sign}{key}={value}"])
    except UserError as error:
        assert len(str(error).splitlines()) == 1


def test_a_part_of_an_allowed_module_is_validated_and_carried_along(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / "mylosses.py").write_text("class Mine:\n    def __init__(self, *, power: int):\n        pass\n")
    (tmp_path / "loss").mkdir()
    (tmp_path / "loss/mine.yaml").write_text("# mine\n_target_: mylosses.Mine\npower: 2\n")
    monkeypatch.syspath_prepend(tmp_path)
    assert "--allow-module" in refusal("loss=mine", config_dir=str(tmp_path))
    allowed = {"config_dir": str(tmp_path), "allow_modules": ("mylosses",)}
    assert compose(["loss=mine"], **allowed).allow_modules == ("mylosses",)
    assert refusal("loss=mine", "loss.power=x", **allowed) == "loss.power=x: must be an integer"


def test_a_stored_config_is_validated_anew_with_plain_overrides():
    stored = compose(["regularizer=[rmp]", "trainer.epochs=5"]).config
    changed = compose_stored(yaml.safe_load(yaml.safe_dump(stored)), ["trainer.eval_batch_size=7", "T=2"]).config
    stored["trainer"]["eval_batch_size"], stored["T"] = 7, 2
    assert changed == stored
    for override, text in (
        ("trainer.epoch=1", "did you mean trainer.epochs"),
        ("T=x", "T=x: must be"),
        ("T", "write T="),
        ("seed=2", "^seed=2: it acts on training alone"),
        ("++trainer.epochs=9", "trainer.epochs=9: it acts on training alone"),
        ("optimizer.lr=1", "^optimizer.lr=1: it acts on training alone"),
    ):
        with pytest.raises(UserError, match=text):
            compose_stored(stored, [override])
    with pytest.raises(UserError, match=r"^loss._target_=os.system"):
        compose_stored(stored | {"loss": {"_target_": "os.system"}}, [])


def test_a_stored_config_of_another_machine_takes_the_device_that_is_here():
    stored = compose([]).config | {"device": "cuda:77"}
    assert compose_stored(stored, []).config["device"] == compose([]).config["device"]


def test_a_run_elsewhere_has_the_device_that_is_there():
    cpu, cuda = Machine("cpu"), Machine("cuda")
    assert compose([], machine=cuda).config["device"] == "cuda"
    assert compose(["device=cpu"], machine=cuda).config["device"] == "cpu"
    assert compose(["device=cuda:1"], machine=cpu).config["device"] == "cuda:1"


def test_a_launcher_is_composed_beside_the_runs(tmp_path: Path):
    assert compose_engines([])[0]["_target_"] == "snnexp.sweeps.launchers.basic.BasicLauncher"
    joblib = {"_target_": "snnexp.sweeps.launchers.joblib.JoblibLauncher", "n_jobs": 3, "jobs_per_gpu": 1}
    assert compose_engines(["hydra/launcher=joblib", "hydra.launcher.n_jobs=3"])[0] == joblib
    preset = "defaults: [joblib]\nn_jobs: 3\n"
    (tmp_path / "hydra/launcher").mkdir(parents=True)
    (tmp_path / "hydra/launcher/mine.yaml").write_text(preset)
    assert compose_engines(["hydra/launcher=mine"], str(tmp_path))[0] == joblib
    for words, text in (
        (["hydra/launcher=jobli"], "hydra/launcher=jobli: no such hydra/launcher; did you mean joblib?"),
        (["hydra/launcher=joblib", "hydra.launcher.n_jobs=x"], "hydra.launcher.n_jobs=x: must be an integer or null"),
        (["hydra.launcher.n_jobs=2"], "hydra.launcher.n_jobs=2: no such key"),
    ):
        with pytest.raises(UserError, match=f"^{re.escape(text)}"):
            compose_engines(words)


@pytest.mark.parametrize(
    ("kind", "name"), [(kind, name) for kind in ("launcher", "sweeper") for name in options(f"hydra/{kind}")]
)
def test_every_launcher_and_sweeper_can_be_chosen(kind: Literal["launcher", "sweeper"], name: str):
    compose_engines([f"hydra/{kind}={name}"])
