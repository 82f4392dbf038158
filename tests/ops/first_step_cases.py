"""The first training step of a network of full size, on no device: what its kernels are compiled for."""

from types import ModuleType

import pytest
import torch
from torch import nn

from snnexp.config.compose import compose
from snnexp.ops import norm_lif
from snnexp.training import assembly


def launch(form: ModuleType, case: dict) -> int:
    """Go forward and backward in bfloat16 by a batch of 128 that has no memory; returns the number of parameters."""
    composed = compose(["exp=rmp_vanilla_cifar10", "device=cpu", *case["overrides"]])
    network = assembly.make_network(composed, assembly.part(composed, "dataset"), []).to("meta", torch.bfloat16)
    for module in network.modules():
        if isinstance(module, nn.Conv2d):  # on CUDA they lay out so
            module.register_forward_hook(lambda module, args, y: y.contiguous(memory_format=torch.channels_last))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(norm_lif, "form", lambda *_: form)
        network.train()(torch.empty(128, 3, 32, 32, device="meta", dtype=torch.bfloat16)).sum().backward()
    return sum(parameter.numel() for parameter in network.parameters())
