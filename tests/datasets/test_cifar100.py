import torchvision

from snnexp.datasets.cifar100 import Cifar100


def test_the_archive_is_torchvisions():
    (archive,) = Cifar100.archives
    theirs = torchvision.datasets.CIFAR100
    assert (archive.name, archive.url, archive.md5) == (theirs.filename, theirs.url, theirs.tgz_md5)
    assert Cifar100.folders == (theirs.base_folder,)
    assert set(Cifar100.contents) == {"train", "test", theirs.meta["filename"]}


def test_has_a_hundred_classes_of_colour_images():
    cifar = Cifar100()
    assert (cifar.num_classes, cifar.in_channels, cifar.size, cifar.static) == (100, 3, (32, 32), True)
