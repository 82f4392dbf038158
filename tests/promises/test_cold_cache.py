"""Two processes that want the same frames of a cold cache both get them, and another transform never gets those."""

import multiprocessing
from pathlib import Path

import numpy as np
import pytest

from snnexp.datasets.nmnist import Nmnist

SPAWN = multiprocessing.get_context("spawn")


def frames(root: str, cache: Path, T: int, out: Path, ready: "multiprocessing.Barrier") -> None:  # type: ignore[name-defined]
    """Write the real recordings' test frames, made or taken from a cache, into a file."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SNNEXP_CACHE", str(cache))
        dataset = Nmnist(root=root)
        ready.wait()
        np.save(out, dataset.load(T)[1].x.numpy())


@pytest.mark.count(1, 3)
def test_two_processes_and_another_transform(count: int, data_root: Path, tmp_path: Path, figure):
    alone = tmp_path / "alone.npy"
    frames(str(data_root), tmp_path / "alone", 4, alone, SPAWN.Barrier(1))
    expected = np.load(alone)
    for trial in range(count):
        outs, ready = [tmp_path / f"{trial}{name}.npy" for name in "ab"], SPAWN.Barrier(2)
        given = [(str(data_root), tmp_path / str(trial), 4, out, ready) for out in outs]
        both = [SPAWN.Process(target=frames, args=each) for each in given]
        for process in both:
            process.start()
        for process in both:
            process.join()
        assert [process.exitcode for process in both] == [0, 0]
        assert all(np.array_equal(np.load(out), expected) for out in outs)
        other = tmp_path / f"{trial}.npy"
        frames(str(data_root), tmp_path / str(trial), 5, other, SPAWN.Barrier(1))
        assert np.load(other).shape == (len(expected), 5, *expected.shape[2:])
        assert np.load(other).sum() == expected.sum()
    text = f"2 processes on N-MNIST, {count} trials: 0 errors, equal frames; T=5 after T=4: its own frames"
    figure("cold event cache", text)
