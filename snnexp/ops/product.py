"""The product of two activations, as attention has it."""

from jaxtyping import Float
from torch import Tensor, nn


class Product(nn.Module):
    """a @ b. It is a module so that synaptic operations find it, as they find convolutions and linear layers."""

    def forward(self, a: Float[Tensor, "*batch m k"], b: Float[Tensor, "*batch k n"]) -> Float[Tensor, "*batch m n"]:
        return a @ b
