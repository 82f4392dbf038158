"""The same seed ends with the same bits, whatever number of workers reads the data."""

from pathlib import Path

import pytest
from image_files import imagenet
from trainings import outcome, start

IMAGES = ["dataset=imagenet", "dataset.size=32", "dataset.resize=36", "augment=flip", "trainer.epochs=2"]


def end(folder: Path, *words: str) -> tuple[bytes, list[dict], dict]:
    """What a training in a process of its own ends with."""
    process = start(folder.with_suffix(".said"), f"runs_dir={folder}", *words)
    process.join()
    assert process.exitcode == 0, folder.with_suffix(".said").read_text()
    return outcome(folder)


@pytest.mark.count(2, 4)
def test_the_same_seed_gives_the_same_bits_and_another_one_others(count: int, tmp_path: Path, figure):
    first, *others = (end(tmp_path / str(number)) for number in range(count))
    assert all(other == first for other in others)
    assert end(tmp_path / "other", "seed=2")[0] != first[0]
    figure("determinism: same seed on a CPU", f"{count} processes end with the same weights and figures, bit for bit")


@pytest.mark.count(2, 4)
def test_the_number_of_workers_changes_no_bit(count: int, tmp_path: Path, figure):
    imagenet(tmp_path, ("n01440764", "n01443537"), train=5, test=2)
    workers = [0, 2, 1, 5][:count]
    words = [*IMAGES, f"dataset.root={tmp_path}", "trainer.batch_size=4"]
    first, *others = (end(tmp_path / str(number), *words, f"dataset.workers={number}") for number in workers)
    assert all(other == first for other in others)
    figure("determinism: workers", f"{', '.join(map(str, workers))} of them: weights and figures equal, bit for bit")
