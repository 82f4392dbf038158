"""Ratios are taken round by round: a machine that slows down slows both."""

from snnexp.bench.base import Measured
from snnexp.bench.base.ratios import paired


def test_drift_cancels_and_leaves_no_interval():
    slow = [1.0, 10.0, 2.0, 5.0, 3.0]
    assert paired(Measured([2 * each for each in slow], None), Measured(slow, None)) == (2.0, 2.0, 2.0)


def test_the_interval_covers_the_rounds_spread():
    ratio = paired(Measured([1.0, 1.1, 1.2, 1.3, 1.4], None), Measured([1.0] * 5, None))
    assert ratio.low is not None and ratio.high is not None
    assert ratio.median == 1.2 and 1.0 <= ratio.low < 1.2 < ratio.high <= 1.4


def test_a_single_round_has_none():
    assert paired(Measured([2.0], None), Measured([4.0], None), factor=3.0) == (1.5, None, None)
