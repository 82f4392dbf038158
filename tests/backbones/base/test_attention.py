"""Attention of both kinds and the perceptron equal SpikingJelly's, outputs and gradients."""

import pytest
import torch
from oracle import equal, layers, take_over
from torch import nn

from snnexp.backbones.base.attention import Encoder, SelfAttention, TokenAttention


@pytest.mark.parametrize("token", [True, False])
def test_an_encoder_equals_spikingjellys(token: bool):
    model = pytest.importorskip("spikingjelly.activation_based.model.qkformer")
    functional = pytest.importorskip("spikingjelly.activation_based.functional")
    theirs = model._Block(16, 2, 4.0, "token", not token, None, {"detach_reset": True}).double()
    functional.set_step_mode(theirs, "m")
    made = layers(3)
    kind = TokenAttention(made, 16, 2) if token else SelfAttention(made, 16, 2, bias=False)
    ours = Encoder(made, 16, kind).double()
    pairs = take_over(ours, theirs, left_out=["project.module.bias"])
    x = torch.randint(3, (3, 4, 16, 5, 5)).double().requires_grad_()
    equal(ours(x), theirs(x), x, pairs)


class Given(nn.Module):
    """Spikes, whatever the current is."""

    def __init__(self, spikes: torch.Tensor) -> None:
        super().__init__()
        self.spikes = spikes

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.spikes


def test_self_attention_by_hand():
    attention = SelfAttention(layers(1), 4, 2, bias=False)
    seen = {}
    attention.attend.register_forward_pre_hook(lambda layer, args: seen.update(current=args[0]))
    spikes = torch.randint(2, (1, 3, 12, 2, 2)).float()
    attention.qkv, attention.spike1 = nn.Identity(), Given(spikes)
    attention(torch.zeros(1, 3, 4, 2, 2))
    q, k, v = spikes.view(3, 3, 2, 2, 4).unbind(1)  # [N, heads, C / heads, tokens]
    expected = torch.einsum("nhct,nhdt,nhds->nhcs", v, k, q) / 8
    torch.testing.assert_close(seen["current"], expected.reshape(1, 3, 4, 2, 2))
