"""Folding, sites, and the order within norm + neuron."""

import pytest
import torch
from torch import nn

from snnexp.backbones.layers import Conv, Conv2d, LayerFactory, Linear, OverTime
from snnexp.norms.layers import BatchNorm


def test_order_of_norm_residual_pool_gate_and_neuron(layers):
    torch.manual_seed(0)
    seen = {}

    class Gate(nn.Module):
        def forward(self, x):
            seen["gate"] = x
            return 0.5 * x

    made = LayerFactory(4, layers().spike, lambda site: Gate())
    layer = made.norm_spike(3, role="inner", pool=nn.AvgPool2d(2))
    layer.neuron.register_forward_hook(lambda module, args, out: seen.update(current=args[0]))
    x, residual = torch.randn(4, 2, 3, 6, 6), torch.randn(4, 2, 3, 6, 6)
    spikes = layer(x, residual=residual)
    expected = nn.functional.avg_pool2d((BatchNorm(3)(x) + residual).flatten(0, 1), 2).unflatten(0, (4, 2))
    torch.testing.assert_close(seen["gate"], expected)
    torch.testing.assert_close(seen["current"], 0.5 * expected)
    assert spikes.shape == (4, 2, 3, 3, 3)


def test_a_backward_hook_of_a_neuron_sees_the_gradient_of_its_current(layers):
    layer, seen = LayerFactory(4, layers().spike).norm_spike(3, role="inner"), []
    x = torch.randn(8, 3, 6, 6).to(memory_format=torch.channels_last).unflatten(0, (4, 2)).requires_grad_()
    assert layer.is_one()
    layer.neuron.register_full_backward_hook(lambda module, found, given: seen.append(found[0]))
    assert not layer.is_one()
    layer(x).sum().backward()
    current = layer.norm(x).detach().requires_grad_()
    layer.neuron(current).sum().backward()
    torch.testing.assert_close(seen[0], current.grad)


def test_a_strided_convolution_of_few_channels_is_pytorchs():
    """Within a loop, since what PyTorch writes beyond its memory shows late."""
    for _ in range(20):
        ours = Conv2d(4, 8, 1, stride=2).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        theirs = nn.Conv2d(4, 8, 1, stride=2).double()
        theirs.load_state_dict(ours.state_dict())
        x = torch.randn(4, 4, 9, 8).to(memory_format=torch.channels_last)
        (y, expected), gradients = (ours(x.requires_grad_()), theirs(x.double())), []
        for conv, out in ((ours, y), (theirs, expected)):
            gradients.append(torch.autograd.grad(out.square().sum(), [x, conv.weight, conv.bias], retain_graph=True))
        torch.testing.assert_close(y, expected.float())
        for a, b in zip(*gradients, strict=True):
            torch.testing.assert_close(a, b.float())


def test_a_stride_beyond_the_map_has_pytorchs_gradient_in_bfloat16():
    """Memory that a fault of PyTorch's would take for the gradient is filled before."""
    torch.manual_seed(0)
    x, g = torch.randn(4, 16, 1, 1), torch.randn(4, 32, 1, 1)
    conv, theirs = Conv2d(16, 32, 3, stride=2, padding=1), nn.Conv2d(16, 32, 3, stride=2, padding=1)
    theirs.load_state_dict(conv.state_dict())
    for _ in range(4):
        with torch.autocast("cpu", torch.bfloat16):
            y = conv(x)
        filled = [torch.full((2**size,), torch.inf) for size in range(6, 17) for _ in range(3)]
        del filled
        found, expected = (
            torch.autograd.grad(out, one.weight, g.to(out)) for out, one in ((y, conv), (theirs(x), theirs))
        )
        torch.testing.assert_close(found[0], expected[0], rtol=0.02, atol=0.1)


def test_norms_without_running_statistics_evaluate_by_the_batch():
    norm, x = BatchNorm(5, running=False), 3 * torch.randn(2, 8, 5, 4, 4) + 1
    torch.testing.assert_close(norm.eval()(x), BatchNorm(5).train()(x))
    assert [name for name, _ in norm.named_buffers()] == []
    torch.testing.assert_close(norm.train()(x[:1], copies=2), BatchNorm(5).train()(x[:1]))


def test_sites_count_in_the_order_of_making(layers):
    made = LayerFactory(4, layers().spike, lambda site: nn.Identity() if site.role != "head" else pytest.fail("a gate"))
    made.norm_spike(3, role="stem")
    made.norm_spike(5, role="output")
    made.linear_spike(20, 7)
    assert [(s.name, s.index, s.channels, s.T) for s in made.sites] == [
        ("stem0", 0, 3, 4), ("output1", 1, 5, 4), ("head2", 2, 7, 4)
    ]  # fmt: skip


def test_a_linear_spiking_layer_is_drawn_as_torch_draws_it(layers):
    made, x = layers(4).linear_spike(20, 7), torch.randn(4, 3, 20)
    torch.manual_seed(0)
    made[0].reset_parameters()
    torch.manual_seed(0)
    assert torch.equal(made[0].weight, nn.Linear(20, 7).weight)
    assert torch.equal(made(x), made[1](nn.functional.linear(x, made[0].weight, made[0].bias)))


def test_draws_have_the_papers_deviation():
    torch.manual_seed(0)
    assert Conv(64, 128, 3, bias=False).weight.std().item() == pytest.approx((2 / (9 * 128)) ** 0.5, rel=0.02)
    assert Linear(512, 100).weight.std().item() == pytest.approx(1 / 512, rel=0.02)
    assert Linear(512, 100, std=0.01).weight.std().item() == pytest.approx(0.01, rel=0.02)


def test_folding_time_changes_nothing():
    conv, x = Conv(3, 4, 3, padding=1), torch.randn(5, 2, 3, 6, 6)
    torch.testing.assert_close(OverTime(conv)(x)[3], conv(x[3]))
