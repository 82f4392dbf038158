"""Trainings that begin from weights, and parts of networks that stay as they are."""

import logging
import shutil
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from snnexp.config.compose import compose
from snnexp.errors import Preempted, UserError
from snnexp.files.digests import digest
from snnexp.runs import finished
from snnexp.runs.beginning import weights_file
from snnexp.runs.checkpoint import BEST, WEIGHTS
from snnexp.runs.identity import distinctions, identify
from snnexp.training.assembly import make
from snnexp.training.beginning import begin, hold
from snnexp.training.journal import RunJournal
from snnexp.training.loading import load
from snnexp.training.run import evaluate_main, train

SMALL = ["backbone.width=2", "T=1", "trainer.epochs=2", "trainer.batch_size=500", "device=cpu", "threads=1"]


def run(folder: Path, *overrides: str) -> Path:
    return Path(train(compose([*SMALL, f"runs_dir={folder}", *overrides]))["folder"])


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished run with a validation split."""
    return run(tmp_path_factory.mktemp("source"), "dataset.validation=0.2", "optimizer.lr=0.5")


def of(name: str, tensors: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    return {key: value for key, value in tensors.items() if key.startswith(f"{name}.")}


def same(a: dict[str, torch.Tensor], b: dict[str, torch.Tensor]) -> bool:
    return a.keys() == b.keys() and all(torch.equal(a[key], b[key]) for key in a)


def test_a_frozen_part_keeps_every_bit_and_the_rest_trains(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    monkeypatch.setattr(logging.getLogger("snnexp"), "propagate", True)
    words = [f"init_from={source}", "init_skip=[head]", "trainer.freeze=[stem,spike1]", "optimizer.weight_decay=0.1"]
    with caplog.at_level(logging.INFO):
        folder = run(tmp_path / "whole", *words)
    before, after = load_file(source / BEST), load_file(folder / WEIGHTS)
    assert "spike1.norm.running_mean" in before
    for part in ("stem", "spike1"):
        assert same(of(part, before), of(part, after))
    for part in ("conv2", "spike2", "conv3", "head"):
        assert not same(of(part, before), of(part, after))
    assert f"begins from {source / BEST}: loaded {len(before) - 2} of {len(before)} tensors" in caplog.text
    assert "left as drawn: head.weight, head.bias" in caplog.text
    assert evaluate_main(str(folder), []) == 0

    answer, asked = {5: "SIGTERM"}, []
    with monkeypatch.context() as patch:
        patch.setattr(RunJournal, "stopped_by", lambda self: asked.append(1) or answer.get(len(asked)))
        with pytest.raises(Preempted):
            run(tmp_path / "stopped", *words)
    assert same(after, load_file(run(tmp_path / "stopped", *words) / WEIGHTS))


def test_the_frozen_layers_of_a_team_keep_every_bit_too():
    dataset, trainer = make(composed := compose([*SMALL, "trainer.freeze=[spike1]"]))
    x, y = next(load(composed, dataset, trainer).train.epoch(0))
    trainer.network.spike1.norm.running_mean.fill_(0.1)  # a third of it three times is another number
    kept = {name: value.clone() for name, value in trainer.network.state_dict().items()}
    trainer.team.size = 3
    trainer.team.send = lambda tensor: tensor.mul_(3)
    trainer.network.train()
    hold(trainer.network, ["spike1"])
    trainer.step(x, y, 0)
    now = trainer.network.state_dict()
    assert same(of("spike1", kept), of("spike1", now)) and not same(of("spike2", kept), of("spike2", now))


def test_a_run_is_known_by_the_weights_that_it_began_from_and_not_by_their_place(source: Path, tmp_path: Path):
    def identity(init_from: Path, *words: str):
        return identify(compose([*SMALL, f"init_from={init_from}", *words]), {})

    plain = identify(compose(SMALL), {})
    copy = Path(shutil.copy(source / BEST, tmp_path / "elsewhere.safetensors"))
    assert identity(source).id == identity(source / BEST).id == identity(copy).id != plain.id
    assert identity(copy, "init_skip=[head]").id != identity(copy).id
    assert identity(copy, "trainer.freeze=[stem,spike1]").id == identity(copy, "trainer.freeze=[spike1,stem]").id
    save_file(load_file(copy) | {"head.bias": torch.ones(10)}, copy)
    assert identity(copy).id != identity(source).id
    assert distinctions(plain.record, identity(copy).record) == ["begun from other weights"]
    assert distinctions(identity(copy).record, plain.record) == ["begun from other weights"]


def test_a_file_of_another_program_is_read_and_a_damaged_one_refused(source: Path, tmp_path: Path):
    _, trainer = make(compose(SMALL))
    tensors = load_file(source / WEIGHTS)
    foreign = tmp_path / "foreign.safetensors"
    save_file(tensors, foreign)
    begin(trainer.network, foreign, [], digest(foreign.parent, foreign.name))
    assert same(trainer.network.state_dict(), tensors)
    own = bytearray((source / WEIGHTS).read_bytes())
    own[-1] ^= 1
    (tmp_path / "own.safetensors").write_bytes(own)
    (tmp_path / "text.safetensors").write_text("weights")
    for name in ("own", "text"):
        with pytest.raises(UserError, match=f"{name}.safetensors: no safetensors, or damaged"):
            begin(trainer.network, tmp_path / f"{name}.safetensors", [], "")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["backbone.width=3", "init_from={}"], "weights of another network (stem.module.weight has shape"),
        (["norm=tdbn", "neuron=plif", "init_from={}"], "init_skip=[spike1] leaves a part out"),
        (["init_from={}", "init_skip=[heat]"], "init_skip=[heat]: the network has no part heat; did you mean head?"),
        (["init_from=nothing"], "init_from=nothing: nothing: no run there"),
        (["init_from=''"], "names no weights; give a run"),
        (["init_skip=[head]"], 'init_skip=["head"]: leaves parts of init_from out; give that, too'),
        (["trainer.freeze=[xyz]"], "trainer.freeze=[xyz]: the network has no part xyz; there are stem, spike1,"),
        (
            ["trainer.freeze=[stem,spike1,conv2,spike2,conv3,spike3,head]"],
            "leaves nothing to train; freeze fewer parts",
        ),
    ],
    ids=str,
)
def test_a_mistake_is_one_line_with_the_remedy(words: list[str], told: str, source: Path, tmp_path: Path):
    with pytest.raises(UserError) as caught:
        run(tmp_path, *(word.format(source) for word in words))
    assert told in str(caught.value)


def test_of_a_run_without_validation_the_last_weights_are_taken(source: Path, tmp_path: Path):
    last = run(tmp_path)
    assert weights_file(f"{last}", f"{tmp_path}") == last / WEIGHTS
    assert weights_file(last.name, f"{tmp_path}") == last / WEIGHTS
    assert weights_file(f"{source}", "") == source / BEST == finished.read(source).file(BEST)


def test_a_file_that_is_replaced_once_the_run_is_known_by_it_is_not_begun_from(source: Path, tmp_path: Path):
    _, trainer = make(compose(SMALL))
    before = {name: value.clone() for name, value in trainer.network.state_dict().items()}
    known = digest(source, BEST)
    copy = Path(shutil.copy(source / WEIGHTS, tmp_path / "copy.safetensors"))
    save_file(load_file(copy) | {"head.bias": torch.ones(10)}, copy)
    with pytest.raises(UserError, match=r"copy\.safetensors: replaced while it was read; the same command begins"):
        begin(trainer.network, copy, [], known)
    assert same(before, trainer.network.state_dict())
