"""ASA against the specification's text, its presets, its parameters and what its masks depend on."""

import pytest
import torch
from torch import Tensor

from snnexp.errors import UserError
from snnexp.neurons.base import Site
from snnexp.regularizers.asa import Asa, AsaGate

CLEAN = {
    "mask_scope": "sample", "combine": "xor", "score": "avgmax", "lam": 0.5, "reduction": 4,
    "sites": ["stem", "inner", "output"],
}  # fmt: skip
FAITHFUL = CLEAN | {"mask_scope": "batch_union", "score": "frozen_fc"}


def gate(T: int = 8, C: int = 6, **options) -> AsaGate:
    torch.manual_seed(1)
    return Asa(**CLEAN | options).gate(Site("inner0", 0, C, T, "inner")).double()


def features(T: int = 8, N: int = 5, C: int = 6) -> Tensor:
    torch.manual_seed(0)
    return torch.randn(T, N, C, 7, 5, dtype=torch.float64, requires_grad=True)


def parameters(module: torch.nn.Module) -> int:
    return sum(p.numel() for p in module.parameters())


def mask_by_loops(scores: Tensor, lam: float, union: bool, combine: str) -> Tensor:
    """Masks of specification 4.3, an entry at a time."""
    T, N, C = scores.shape
    by_channel, by_time = torch.zeros(T, N, C, dtype=torch.bool), torch.zeros(T, N, C, dtype=torch.bool)
    for n in range(N):
        for mates in range(N) if union else [n]:
            for t in range(T):
                by_channel[t, n, scores[t, mates].topk(int(C * lam)).indices] = True
            for c in range(C):
                by_time[scores[:, mates, c].topk(int(T * lam)).indices, n, c] = True
    return by_channel != by_time if combine == "xor" else by_channel & by_time


def asa_by_the_text(module: AsaGate, x: Tensor, options: dict) -> Tensor:
    """Specification 4.2 to 4.4 and 5.3, with the published pooling over T C features of a sample."""
    a, m = x.mean((-2, -1)), x.flatten(-2).max(-1).values
    scores = a + m
    if options["score"] != "avgmax":
        mixed = module.scores
        q = 0.5 * (a + m) + mixed.alpha * a + mixed.beta * m
        scores = mixed.fc(q.permute(1, 2, 0)).permute(2, 0, 1)
    mask = mask_by_loops(scores, options["lam"], options["mask_scope"] == "batch_union", options["combine"])
    y = torch.zeros_like(x)
    for kept, conv, share in ((mask, module.conv1, options["lam"]), (~mask, module.conv2, 1 - options["lam"])):
        z = (kept[..., None, None] * x).transpose(0, 1)
        pooled = torch.stack([z.flatten(1, 2).mean(1) / share, z.flatten(1, 2).max(1).values], dim=1)
        part = (torch.sigmoid(conv(pooled))[:, None] * z).transpose(0, 1)
        if options["score"] == "trainable" and kept is mask:
            part = part * torch.sigmoid(scores)[..., None, None]
        y = y + part
    return y


@pytest.mark.parametrize("combine", ["xor", "and"])
@pytest.mark.parametrize("mask_scope", ["sample", "batch_union"])
@pytest.mark.parametrize(("score", "reduction"), [("avgmax", 4), ("frozen_fc", 1), ("frozen_fc", 4), ("trainable", 4)])
def test_output_and_gradient_are_the_specifications(combine, mask_scope, score, reduction):
    options = CLEAN | {"combine": combine, "mask_scope": mask_scope, "score": score, "reduction": reduction, "lam": 0.3}
    module, x = gate(**options), features()
    ours, texts = module(x), asa_by_the_text(module, x, options)
    torch.testing.assert_close(ours, texts)
    g = torch.randn_like(x)
    expected = torch.autograd.grad(texts, x, g)[0]
    torch.testing.assert_close(torch.autograd.grad(ours, x, g)[0], expected)


@pytest.mark.parametrize(
    ("T", "reduction", "layers", "each", "total"),
    [(60, 4, 3, 1838, 5514), (60, 8, 3, 878, 2634), (20, 1, 5, 438, 2190), (36, 1, 5, 1334, 6670)],
)
def test_parameters_of_the_published_runs(T, reduction, layers, each, total):
    asa = Asa(**FAITHFUL | {"reduction": reduction})
    gates = [asa.gate(Site("inner", i, 128, T, "inner")) for i in range(layers)]
    assert [parameters(module) for module in gates] == [each] * layers
    assert sum(parameters(module) for module in gates) == total
    assert sum(p.numel() for module in gates for p in module.parameters() if p.requires_grad) == 36 * layers


def test_the_clean_preset_has_the_two_convolutions_alone():
    assert parameters(gate()) == 36


def test_no_gradient_reaches_the_published_scores():
    module = gate(**FAITHFUL)
    module(features()).sum().backward()
    assert [p.grad for p in module.scores.parameters()] == [None] * 4
    assert module.conv1.weight.grad.abs().sum() > 0 and module.conv2.weight.grad.abs().sum() > 0


def test_trainable_scores_are_trained():
    module = gate(score="trainable")
    module(features()).sum().backward()
    assert all(p.grad.abs().sum() > 0 for p in module.parameters())


def masks(module: AsaGate, x: Tensor) -> Tensor:
    return module.mask(module.score(x))


def test_the_published_mask_is_one_for_the_whole_batch_and_depends_on_it():
    module, x = gate(**FAITHFUL), features(N=3)
    mask = masks(module, x)
    assert torch.equal(mask, mask[:, :1].expand_as(mask))
    assert not torch.equal(masks(module, x[:, :1]), mask[:, :1])


def test_the_clean_mask_and_output_depend_on_no_batch_mate():
    module, x = gate(), features()
    assert not torch.equal(masks(module, x)[:, 0], masks(module, x)[:, 1])
    for n in range(5):
        assert torch.equal(masks(module, x)[:, n], masks(module, x[:, n : n + 1])[:, 0])
        torch.testing.assert_close(module(x)[:, n], module(x[:, n : n + 1])[:, 0])


@pytest.mark.parametrize("preset", [CLEAN, FAITHFUL], ids=["clean", "faithful"])
def test_runs_on_a_single_sample_of_a_single_step(preset):
    options = preset | {"reduction": 1}
    assert gate(**options)(features(N=1)).shape == (8, 1, 6, 7, 5)
    assert gate(T=1, **options)(features(T=1, N=1)).shape == (1, 1, 6, 7, 5)


def test_output_is_the_current_under_the_map_of_its_group():
    module, x = gate(**FAITHFUL), features()
    mask = masks(module, x)[..., None, None]
    maps = module(x) / x
    for n in range(5):
        for group in (mask[:, n], ~mask[:, n]):
            (per_place,) = {tuple(each.flatten().tolist()) for each in maps[:, n][group[..., 0, 0]].round(decimals=9)}
            assert min(per_place) > 0 and max(per_place) < 1


def test_equal_scores_choose_the_first_entries():
    scores = torch.zeros(4, 1, 6)
    by_channel = torch.arange(6) < 3
    by_time = (torch.arange(4) < 2)[:, None]
    assert torch.equal(gate(T=4).mask(scores)[:, 0], by_channel ^ by_time)


@pytest.mark.parametrize(
    ("change", "words"),
    [({"lam": 0.0}, r"lam=0\.0"), ({"lam": 1.0}, r"lam=1\.0"), ({"reduction": 0}, "reduction=0")],
)
def test_refuses_constants_out_of_range(change, words):
    with pytest.raises(UserError, match=words):
        Asa(**CLEAN | change)


def test_refuses_to_reduce_time_to_nothing():
    with pytest.raises(UserError, match="reduction=4: at most T=3"):
        gate(T=3, **FAITHFUL)
    gate(T=3)


@pytest.mark.parametrize("combine", ["xor", "and"])
@pytest.mark.parametrize("preset", [CLEAN, FAITHFUL], ids=["clean", "faithful"])
def test_every_entry_is_in_one_group(preset: dict, combine: str):
    made = gate(**preset | {"combine": combine})
    for convolution in made.modules():
        if isinstance(convolution, torch.nn.Conv2d):
            torch.nn.init.zeros_(convolution.weight)  # both maps are 1/2 everywhere
    x = features()
    assert torch.equal(made(x), x / 2)  # X (I / 2 + J / 2), I + J = 1
