"""Residual blocks add where they should."""

import pytest
import torch
from constants import RMP
from torch import nn

from snnexp.backbones.base.residual import MembraneBlock, ResidualBlock, SewBlock
from snnexp.backbones.layers import LayerFactory
from snnexp.neurons.lif import Lif
from snnexp.surrogates.rectangle import Rectangle


def test_the_identity_shortcut_carries_the_spikes_to_the_output_neuron(layers):
    block = ResidualBlock(layers(2), (3, 3), 1, True)
    nn.init.zeros_(block.conv2.module.weight)
    x = (torch.rand(2, 2, 3, 4, 4) > 0.5).float()
    nn.init.zeros_(block.spike2.norm.weight)
    torch.testing.assert_close(block(x), x)  # a current of 1 fires at once, one of 0 never: the leak leaves too little


def test_pooled_and_strided_shortcuts_keep_odd_sizes_together(layers):
    for pooled in (True, False):
        block = ResidualBlock(layers(2), (3, 6), 2, pooled)
        assert block(torch.randn(2, 2, 3, 5, 5)).shape == (2, 2, 6, 3, 3)


def test_a_sew_block_adds_its_spikes_to_its_input(layers):
    block = SewBlock(layers(2), 3, 3, 1)
    x = torch.randint(3, (2, 4, 3, 5, 5)).float()
    nn.init.zeros_(block.spike2.norm.weight)
    assert torch.equal(block(x), x)
    nn.init.constant_(block.spike2.norm.bias, 5.0)
    assert torch.equal(block(x), x + 1)


def test_a_membrane_block_adds_a_current_that_no_neuron_touches_and_fires_on_the_sum(layers):
    block = MembraneBlock(layers(2), (3, 3), 1)
    x, spikes = torch.randn(2, 4, 3, 5, 5), torch.ones(2, 4, 3, 5, 5)
    assert torch.equal(block(x, spikes)[0], x)  # as it begins
    nn.init.constant_(block.norm.bias, 0.25)
    current, fired = block(x, spikes)
    torch.testing.assert_close(current, x + 0.25)
    assert torch.equal(fired, block.spike2(current)) and fired.any()


def test_an_image_goes_through_a_membrane_block_as_its_copies_do(layers):
    torch.manual_seed(0)
    block, again = MembraneBlock(layers(3), (3, 6), 2), MembraneBlock(layers(3), (3, 6), 2)
    nn.init.ones_(block.norm.weight)
    again.load_state_dict(block.state_dict())
    x, spikes = torch.randn(1, 4, 3, 6, 6), (torch.rand(3, 4, 3, 6, 6) > 0.5).float()
    torch.testing.assert_close(block(x, spikes), again(x.expand(3, *x.shape[1:]), spikes))
    torch.testing.assert_close(block.state_dict(), again.state_dict())


def test_norms_of_a_membrane_block_scale_by_the_neurons_that_read_the_sum(layers, tdbn):
    """Another threshold inside the block is none of their business, save of the first norm."""
    thresholds = {"inner": 0.2, "output": 0.8}

    def spike(site):
        return Lif(site, Rectangle(width=1.0), **vars(RMP) | {"v_threshold": thresholds[site.role]})

    block = MembraneBlock(LayerFactory(2, spike, make_norm=tdbn), (3, 6), 2)
    half = 0.8 * 0.5**0.5
    assert [block.spike1.norm.scale, block.norm.scale, block.shortcut_norm.scale] == pytest.approx([0.2, half, half])
