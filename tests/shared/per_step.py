"""What the norms that differ by step are held to: SpikingJelly's of the same weights, and a static image repeated."""

from collections.abc import Callable

import torch
from torch import Tensor, nn

from snnexp.norms.base import Norm, NormSite

SITE = NormSite(3, 4, "inner", 0.5)
CONSTANTS = {"momentum": 0.1, "eps": 1e-5, "running": True}
X = (4, 6, 3, 5, 5)


def equal(ours: Norm, theirs: Callable[[Tensor], Tensor], pairs: list[tuple[Tensor, Tensor]]) -> None:
    """Outputs and gradients are equal to 1e-6 in training, over three steps, and then in evaluation."""
    for _ in range(3):
        x = (3 * torch.randn(X, dtype=torch.float64) + 1).requires_grad_()
        weights = torch.randn(X, dtype=torch.float64)
        found, expected = ours(x), theirs(x)
        torch.testing.assert_close(found, expected, rtol=0, atol=1e-6)
        own = [p for p, _ in pairs]
        gradients = torch.autograd.grad((found * weights).sum(), [x, *own])
        others = torch.autograd.grad((expected * weights).sum(), [x, *(q for _, q in pairs)])
        for a, b in zip(gradients, others, strict=True):
            torch.testing.assert_close(a, b, rtol=0, atol=1e-6)
    assert isinstance(theirs, nn.Module)
    x = torch.randn(X, dtype=torch.float64)
    torch.testing.assert_close(ours.eval()(x), theirs.eval()(x), rtol=0, atol=1e-6)


def static_is_its_copies(once: Norm, every: Norm) -> None:
    """An image as one step has the output, gradient and statistics of the same image in each step."""
    for _ in range(3):
        x = torch.randn(1, *X[1:], dtype=torch.float64, requires_grad=True)
        found, expected = once(x, copies=4), every(x.expand(X))
        assert found.shape == X
        torch.testing.assert_close(found, expected)
        weights = torch.randn(X, dtype=torch.float64)
        a, b = (torch.autograd.grad((y * weights).sum(), x)[0] for y in (found, expected))
        torch.testing.assert_close(a, b)
    torch.testing.assert_close(once.state_dict(), every.state_dict())
    x = torch.randn(1, *X[1:], dtype=torch.float64)
    torch.testing.assert_close(once.eval()(x, copies=4), every.eval()(x.expand(X)))


def gradient(norm: Norm) -> bool:
    """Whether the gradients of the input, events and image, are those of finite differences."""
    norm, x = norm.double(), torch.randn(4, 2, 3, 2, 2, dtype=torch.float64, requires_grad=True)
    image = x[:1].detach().requires_grad_()
    return torch.autograd.gradcheck(norm, x) and torch.autograd.gradcheck(lambda each: norm(each, copies=4), image)
