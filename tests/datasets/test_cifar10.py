import subprocess
import sys
from pathlib import Path

import pytest
import torch
import torchvision
from torchvision.transforms import v2

from snnexp.datasets.base import BrokenData
from snnexp.datasets.cifar10 import Cifar10

FILES = [*(f"data_batch_{i}" for i in range(1, 6)), "test_batch", "batches.meta"]


@pytest.fixture
def linked(tmp_path: Path, data_root: Path) -> Path:
    """The real set through links, so that one file can be replaced."""
    folder = tmp_path / "cifar-10-batches-py"
    folder.mkdir()
    for name in FILES:
        (folder / name).symlink_to(data_root / "cifar-10-batches-py" / name)
    return folder


def test_real_images_are_those_of_torchvision(data_root: Path):
    cifar = Cifar10(root=str(data_root))
    cifar.check()
    train, test = cifar.load(T=4)
    assert cifar.describe() == "cifar10: 50000 training, 10000 test images"
    assert train.y.bincount().tolist() == [5000] * 10 and test.y.bincount().tolist() == [1000] * 10
    theirs = torchvision.datasets.CIFAR10(data_root, train=False)
    image = v2.functional.pil_to_tensor(theirs[17][0])
    assert torch.equal(test.x[17], image) and test.y[17] == theirs[17][1]
    assert cifar.class_names == theirs.classes


@pytest.mark.parametrize("file", FILES)
def test_one_flipped_byte_in_a_real_file_is_named(linked: Path, file: str, figure):
    path = linked / file
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 16
    path.unlink()
    path.write_bytes(data)
    with pytest.raises(BrokenData, match=f"damaged: {path};"):
        Cifar10(root=str(linked.parent)).load(T=4)
    figure("damaged data: CIFAR-10", f"one byte flipped in each of the {len(FILES)} real files: refused by name")


def test_the_archive_is_torchvisions():
    (archive,) = Cifar10.archives
    theirs = torchvision.datasets.CIFAR10
    assert (archive.name, archive.url, archive.md5) == (theirs.filename, theirs.url, theirs.tgz_md5)
    assert Cifar10.folders == (theirs.base_folder,)
    assert set(Cifar10.contents) == {name for name, _ in theirs.train_list + theirs.test_list} | {"batches.meta"}


def test_importing_and_checking_loads_nothing_heavy():
    code = (
        "import sys; from snnexp.datasets.cifar10 import Cifar10; Cifar10();"
        "print(*{'tonic', 'sklearn', 'matplotlib', 'torchvision'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []
