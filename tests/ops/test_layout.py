import pytest
import torch

from snnexp.ops.layout import dense, laid_out_as, like

PLAIN = torch.randn(4, 2, 3, 5, 7)
CHANNELS_LAST = torch.randn(4, 2, 5, 7, 3).permute(0, 1, 4, 2, 3)
DENSE = {
    "plain": PLAIN,
    "channels last": CHANNELS_LAST,
    "axes in any order": torch.randn(4, 7, 3, 2, 5).permute(0, 3, 2, 4, 1),
    "repeated over T": PLAIN[:1].expand(4, -1, -1, -1, -1),
    "every other step": torch.randn(8, 2, 3, 5, 7)[::2],
    "axes of length 1": torch.randn(4, 2, 3, 1, 1).as_strided((4, 2, 3, 1, 1), (6, 3, 1, 77, 99)),
    "no features": torch.randn(4, 3),
}
GAPS = {
    "every other row": torch.randn(4, 2, 3, 10, 7)[:, :, :, ::2],
    "repeated over a feature": PLAIN[:, :, :1].expand(-1, -1, 3, -1, -1),
}


@pytest.mark.parametrize("x", DENSE.values(), ids=DENSE)
def test_what_is_dense_is_not_copied(x):
    assert dense(x) is x


@pytest.mark.parametrize("x", GAPS.values(), ids=GAPS)
def test_gaps_are_closed_by_a_copy(x):
    assert torch.equal(dense(x), x) and dense(dense(x)).is_contiguous()


@pytest.mark.parametrize("x", DENSE.values(), ids=DENSE)
def test_like_takes_the_layout_of_a_step(x):
    y = like(x, 6, torch.float64)
    assert y.shape == (6, *x.shape[1:]) and y.dtype == torch.float64
    assert y.stride() == (x[0].numel(), *x.stride()[1:])
    assert y.untyped_storage().nbytes() == 8 * y.numel()


def test_a_gradient_is_copied_only_into_another_layout():
    expanded = torch.randn(1, 2, 3, 5, 7).expand(4, -1, -1, -1, -1)
    assert laid_out_as(PLAIN, expanded) is expanded
    assert laid_out_as(CHANNELS_LAST, CHANNELS_LAST) is CHANNELS_LAST
    moved = laid_out_as(CHANNELS_LAST, PLAIN)
    assert torch.equal(moved, PLAIN) and moved.stride() == CHANNELS_LAST.stride()
