"""Times, percentiles and the rise of memory."""

import time

import pytest
import torch

from snnexp.bench.base.timing import Measured, Memory, seconds

MEGABYTE = 2**20


def test_each_run_is_timed_by_itself():
    durations = iter([0.02, 0.0])
    slow, fast = seconds(lambda: time.sleep(next(durations)), "cpu", 2)
    assert slow >= 0.02 > fast


def test_median_and_percentiles_by_hand():
    measured = Measured([3.0, 1.0, 2.0, 5.0, 4.0, 6.0], None)
    assert measured.median == 3.5
    assert (measured.percentile(20), measured.percentile(80)) == (2.0, 5.0)


def test_memory_is_the_rise_above_what_was_held_and_forgets_earlier_peaks():
    torch.ones(200 * MEGABYTE, dtype=torch.uint8)
    held = torch.ones(100 * MEGABYTE, dtype=torch.uint8)
    memory = Memory("cpu")
    torch.ones(50 * MEGABYTE, dtype=torch.uint8)
    allocated, reserved = memory.peak()
    assert held[0] == 1 and reserved is None
    assert allocated is not None and 49 * MEGABYTE < allocated < 60 * MEGABYTE


def test_rounds_are_medians_of_their_runs():
    assert Measured([1.0, 3.0, 5.0, 9.0], None, repeats=2).rounds.tolist() == [2.0, 7.0]


@pytest.mark.cuda
def test_the_hosts_time_does_not_count_by_device():
    x = torch.zeros(8, device="cuda")

    def run() -> None:
        time.sleep(0.05)
        x.add_(1)

    assert max(seconds(run, "cuda", 3, by_device=True)) < 0.02
