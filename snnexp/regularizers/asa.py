"""Advance Spatial Attention (ICCV 2023): gates the input current by a spatial map for each of two groups."""

from collections.abc import Sequence
from typing import Literal

import torch
from jaxtyping import Bool, Float
from torch import Tensor, nn

from snnexp.errors import UserError, require
from snnexp.neurons.base import Site
from snnexp.ops.split_gate import compiled
from snnexp.regularizers.base import GatedRole, Gating
from snnexp.regularizers.layers import SplitAttention

MaskScope = Literal["sample", "batch_union"]
Combine = Literal["xor", "and"]
Score = Literal["avgmax", "frozen_fc", "trainable"]


class Asa(Gating):
    """x -> x (I map_I + J map_J): I marks the important entries (t, n, c) of a layer's current, J the others.

    Entries are scored by mean plus maximum over (H, W); I holds those that are among the `lam` C best of their step
    or among the `lam` T best of their channel, but not both (`combine` xor), or both (and).

    `mask_scope`: each sample's own best, or, as published, the best of any sample of the batch, which makes the output
    depend on the batch. `score`: mean plus maximum itself; mixed over time by linear layers (reduction `reduction`)
    that no gradient reaches, as published; or by ones that are trained, map_I then being multiplied by sigmoid(score).
    The 39 unused parameters that each layer of the published three-layer networks holds besides are left out.
    Source: BICLab/ASA-SNN models/module/Attn.py.

    Raises:
        UserError: a constant out of range; from `make_gate`, a reduction above T.
    """

    def __init__(
        self,
        *,
        mask_scope: MaskScope,
        combine: Combine,
        score: Score,
        lam: float,
        reduction: int,
        sites: Sequence[GatedRole],
    ) -> None:
        super().__init__(sites=sites)
        require(0 < lam < 1, f"regularizer.asa.lam={lam}: must lie between 0 and 1")
        require(reduction >= 1, f"regularizer.asa.reduction={reduction}: must be at least 1")
        self.mask_scope: MaskScope = mask_scope
        self.combine: Combine = combine
        self.score: Score = score
        self.lam = lam
        self.reduction = reduction

    def make_gate(self, site: Site) -> nn.Module:
        scores = None
        if self.score != "avgmax":
            if self.reduction > site.T:
                raise UserError(f"regularizer.asa.reduction={self.reduction}: at most T={site.T}")
            scores = MixedScores(site.T, self.reduction, trained=self.score == "trainable")
        return AsaGate(self.lam, self.mask_scope == "batch_union", self.combine, scores)


class MixedScores(nn.Module):
    """FC_time((1/2 + alpha) mean + (1/2 + beta) max): T^2 + 2 parameters, 2 T floor(T / r) + 2 for reduction r > 1."""

    def __init__(self, T: int, reduction: int, trained: bool) -> None:
        super().__init__()
        self.alpha = nn.Parameter(torch.tensor(0.5))
        self.beta = nn.Parameter(torch.tensor(0.5))
        hidden = T // reduction
        reduced = [nn.Linear(T, hidden, bias=False), nn.ReLU(), nn.Linear(hidden, T, bias=False)]
        self.fc = nn.Linear(T, T, bias=False) if reduction == 1 else nn.Sequential(*reduced)
        self.trained = trained
        self.requires_grad_(trained)

    def forward(self, mean: Float[Tensor, "T N C"], maximum: Float[Tensor, "T N C"]) -> Float[Tensor, "T N C"]:
        mixed = (0.5 + self.alpha) * mean + (0.5 + self.beta) * maximum
        return self.fc(mixed.permute(1, 2, 0)).permute(2, 0, 1)


class AsaGate(SplitAttention):
    """The gate of one layer; `scores` None stands for mean plus maximum."""

    def __init__(self, lam: float, union: bool, combine: Combine, scores: MixedScores | None) -> None:
        super().__init__(lam)
        self.union = union
        self.combine = combine
        self.scores = scores

    def forward(self, x: Float[Tensor, "T N C H W"]) -> Float[Tensor, "T N C H W"]:
        trained = self.scores is not None and self.scores.trained
        scores = self.score(x if trained else x.detach())
        if not trained:
            return self.split(x, self.mask(scores))
        important, rest = self.groups(x, self.mask(scores))
        return important * scores.sigmoid()[..., None, None] + rest

    def score(self, x: Float[Tensor, "T N C H W"]) -> Float[Tensor, "T N C"]:
        """Return the importance of each entry."""
        lib = compiled.code(x) if self.scores is None else None
        if lib is not None:
            return compiled.score(lib, x)
        mean, maximum = x.mean((-2, -1)), x.amax((-2, -1))
        return mean + maximum if self.scores is None else self.scores(mean, maximum)

    def mask(self, scores: Float[Tensor, "T N C"]) -> Bool[Tensor, "T N C"]:
        """Return which entries are important."""
        T, _, C = scores.shape
        by_channel = self.best(scores, 2, int(C * self.lam))
        by_time = self.best(scores, 0, int(T * self.lam))
        return by_channel ^ by_time if self.combine == "xor" else by_channel & by_time

    def best(self, scores: Float[Tensor, "T N C"], axis: int, k: int) -> Bool[Tensor, "T N C"]:
        """Mark the k largest entries along an axis, of each sample or of any; ties go to the first."""
        chosen = scores.argsort(dim=axis, descending=True, stable=True).argsort(axis) < k
        return chosen.any(1, keepdim=True).expand_as(chosen) if self.union else chosen
