"""scikit-learn's 1,797 handwritten digits: embedded, no download."""

from collections.abc import Sequence

from snnexp.datasets.base import Images, Split, read_digits
from snnexp.datasets.base.digits import SPLIT_HASH


class Digits(Images):
    """8 x 8 grey images of 10 digits (UCI optical recognition of handwritten digits, test part)."""

    num_classes = 10
    in_channels = 1
    size = (8, 8)
    split_hash = SPLIT_HASH

    def __init__(
        self,
        *,
        mean: Sequence[float] = (0.3054,),
        std: Sequence[float] = (0.3760,),
    ) -> None:
        super().__init__(mean, std)

    def read(self, T: int) -> tuple[Split, Split]:
        return read_digits()
