"""Any two parts that may be chosen together train, and a long training holds its memory."""

import itertools
import random
import subprocess
import sys
from collections.abc import Mapping
from typing import Any

import pytest
import torch

from snnexp.config.compose import Composed, compose
from snnexp.config.places import options
from snnexp.datasets.base import Dataset
from snnexp.errors import UserError
from snnexp.training.assembly import make
from snnexp.training.trainer import Trainer

CHOICES = {group: list(options(group)) for group in ("dataset", "backbone", "norm", "neuron", "surrogate", "loss")}
CHOICES |= {"neuron.reset": ["hard", "soft"], "neuron.detach_reset": ["true", "false"]}
REGULARIZERS = ["", *options("regularizer"), "rmp,asa", "mpr,asa", "rmp,mpr"]
CHOICES |= {"regularizer": [f"[{names}]" for names in REGULARIZERS]}
SMALL = [("backbone.width", "4"), ("backbone.heads", "1"), ("dataset.root", "/nowhere")]  # where there is the key
Pair = tuple[tuple[str, str], tuple[str, str]]


def pairs(row: dict[str, str]) -> set[Pair]:
    return set(itertools.combinations(sorted(row.items()), 2))


def rows(draw: random.Random) -> list[dict[str, str]]:
    """Combinations in which each two choices meet, drawn greedily."""
    left = {
        pair
        for a, b in itertools.combinations(sorted(CHOICES), 2)
        for pair in itertools.product([(a, each) for each in CHOICES[a]], [(b, each) for each in CHOICES[b]])
    }
    made = []
    while left:
        pair = min(left)
        tries = [{group: draw.choice(names) for group, names in CHOICES.items()} | dict(pair) for _ in range(30)]
        made.append(max(tries, key=lambda row: len(pairs(row) & left)))
        left -= pairs(made[-1])
    draw.shuffle(made)
    return made


def trains(row: dict[str, str]) -> bool:
    """Two steps of bounded length on random input; False where the combination is refused in a line."""
    groups = [f"{name}={value}" for name, value in row.items() if "." not in name]
    keys = [(name, value) for name, value in row.items() if "." in name] + SMALL
    try:
        config = compose(groups).config
        words = [f"{key}={value}" for key, value in keys if has(config, key)]
        composed = compose([*groups, *words, "T=2", "device=cpu", "trainer.amp=false", "trainer.grad_clip=1"])
        dataset, trainer = make_without_data(composed)
    except UserError as error:
        assert len(str(error).splitlines()) == 1
        return False
    frames = () if dataset.static else (2,)
    generator = torch.Generator().manual_seed(1)
    # Six samples: where a map is one pixel, a norm of each step by itself has no more values than these.
    x = torch.rand(*frames, 6, dataset.in_channels, *dataset.size, generator=generator) * 3
    trainer.network.train()
    for step in range(2):
        trainer.step(x, torch.arange(6), step)
    assert trainer.step.watch.found() is None
    assert torch.isfinite(torch.tensor(trainer.step.tally.compute()["loss"]))
    return True


def has(config: Mapping[str, Any], key: str) -> bool:
    """Whether a part that was chosen has such a key."""
    group, _, name = key.partition(".")
    return name in config[group]


def make_without_data(composed: Composed) -> tuple[Dataset, Trainer]:
    """`assembly.make` on a machine that lacks the data, which are random here."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("snnexp.datasets.base.stored.Stored.check", lambda _: None)
        return make(composed)


@pytest.mark.count(8, 10_000)
def test_every_two_choices_train_together(count: int, figure):
    trained = refused = 0
    for row in rows(random.Random(0)):
        try:
            done = trains(row)
        except Exception as error:
            raise AssertionError(row) from error
        trained, refused = trained + done, refused + (not done)
        if trained == count:
            break
    assert trained > refused / 8
    text = f"{trained + refused} combinations in which every two choices meet: {trained} train two steps with a finite "
    figure("any legal combination trains", text + f"loss, {refused} are refused in a line")


HOLDING = """
import sys
import torch
from snnexp.config.compose import compose
from snnexp.training.assembly import make
from snnexp.training.loading import load
def resident():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * 4096
words = ["device=cpu", "T=2", "backbone.width=8", "trainer.batch_size=32", "regularizer=[rmp,asa]"]
composed = compose(words)
dataset, trainer = make(composed)
train = load(composed, dataset, trainer).train
step = 0
steps = int(sys.argv[1])
for epoch in range(10):
    for x, y in train.epoch(epoch):
        if len(y) < 32:
            continue
        trainer.step(x, y, step)
        step += 1
        if step == 50:
            before = resident()
        if step == 50 + steps:
            print(resident() - before)
            raise SystemExit
"""


@pytest.mark.count(100, 300)
def test_memory_does_not_grow_over_many_steps(count: int, figure):
    done = subprocess.run([sys.executable, "-c", HOLDING, str(count)], capture_output=True, text=True, check=True)
    grown = int(done.stdout) / 2**20
    assert grown < 8  # MiB; keeping one batch's records a step would take thirty or a hundred
    figure(f"memory does not grow over {count} steps", f"resident memory {grown:+.1f} MiB")
