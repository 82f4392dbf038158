"""CIFAR-10: 50,000 training and 10,000 test images of 10 classes."""

from collections.abc import Sequence

from snnexp.datasets.base import Archive, Cifar


class Cifar10(Cifar):
    """CIFAR-10, normalised with the constants of the code of InfLoR, yfguo91/Re-Loss."""

    num_classes = 10
    called = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")
    reader = "CIFAR10"
    folders = ("cifar-10-batches-py",)
    contents = (*(f"data_batch_{i}" for i in range(1, 6)), "test_batch", "batches.meta")
    archives = (
        Archive(
            name="cifar-10-python.tar.gz",
            url="https://www.cs.toronto.edu/~kriz/cifar-10-python.tar.gz",
            md5="c58f30108f718f92721af3b95e74349a",
            unpacked=187_000_000,
        ),
    )

    def __init__(
        self,
        *,
        root: str | None = None,
        mean: Sequence[float] = (0.4914, 0.4822, 0.4465),
        std: Sequence[float] = (0.2023, 0.1994, 0.2010),
    ) -> None:
        super().__init__(root, mean, std)
