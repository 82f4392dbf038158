"""CIFAR-100: 50,000 training and 10,000 test images of 100 classes."""

from collections.abc import Sequence

from snnexp.datasets.base import Archive, Cifar

CLASSES = """
apple aquarium_fish baby bear beaver bed bee beetle bicycle bottle bowl boy bridge bus butterfly camel can
castle caterpillar cattle chair chimpanzee clock cloud cockroach couch crab crocodile cup dinosaur dolphin
elephant flatfish forest fox girl hamster house kangaroo keyboard lamp lawn_mower leopard lion lizard lobster
man maple_tree motorcycle mountain mouse mushroom oak_tree orange orchid otter palm_tree pear pickup_truck
pine_tree plain plate poppy porcupine possum rabbit raccoon ray road rocket rose sea seal shark shrew skunk
skyscraper snail snake spider squirrel streetcar sunflower sweet_pepper table tank telephone television tiger
tractor train trout tulip turtle wardrobe whale willow_tree wolf woman worm
"""


class Cifar100(Cifar):
    """CIFAR-100 with its fine labels, normalised with the constants of the code of InfLoR, yfguo91/Re-Loss."""

    num_classes = 100
    called = tuple(CLASSES.split())
    reader = "CIFAR100"
    folders = ("cifar-100-python",)
    contents = ("train", "test", "meta")
    archives = (
        Archive(
            name="cifar-100-python.tar.gz",
            url="https://www.cs.toronto.edu/~kriz/cifar-100-python.tar.gz",
            md5="eb9058c3a382ffc7106e4002c42a8d85",
            unpacked=187_000_000,
        ),
    )

    def __init__(
        self,
        *,
        root: str | None = None,
        mean: Sequence[float] = (0.5071, 0.4867, 0.4408),
        std: Sequence[float] = (0.2675, 0.2565, 0.2761),
    ) -> None:
        super().__init__(root, mean, std)
