"""Our readers beside tonic's and SpikingJelly's: equal where theirs are right; where not, as docs/formats.md says."""

import struct
import sys
import types
from pathlib import Path

import numpy as np
import pytest
import tonic
from event_files import HEAD3, aedat2, aedat4, aedat31, bin40, blob, place

from snnexp.datasets.base.aedat2 import aedat2_davis, aedat2_dvs128
from snnexp.datasets.base.aedat4 import aedat4 as read_aedat4
from snnexp.datasets.base.aedat31 import aedat31 as read_aedat31
from snnexp.datasets.base.events import EVENTS, Decoded
from snnexp.datasets.base.forty_bit import forty_bit


@pytest.fixture(scope="module")
def spikingjelly():
    """SpikingJelly's readers; its package imports torchaudio for speech, which need not fit this torch."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(sys.modules, "torchaudio", types.ModuleType("torchaudio"))
        datasets = pytest.importorskip("spikingjelly.datasets")
        return datasets


def equal(ours: Decoded, theirs) -> bool:
    return all(
        np.array_equal(ours.events[name].astype(np.int64), np.asarray(theirs[name], np.int64)) for name in "txyp"
    )


def test_40_bits_are_tonics_and_spikingjellys(data_root: Path, spikingjelly):
    nmnist = sorted((data_root / "N-MNIST" / "Test").glob("*/*.bin"))[::20]
    gestures = sorted((data_root / "DVS128Gesture-10").glob("*.bs2"))[:2]
    for path, sensor in [(path, (34, 34)) for path in nmnist] + [(path, (128, 128)) for path in gestures]:
        ours = forty_bit(path, sensor)
        assert equal(ours, tonic.io.read_mnist_file(str(path), dtype=EVENTS))
        assert equal(ours, spikingjelly.utils.load_ATIS_bin(path))


def test_overflow_markers_are_tonics_and_events_to_spikingjelly(tmp_path: Path, spikingjelly):
    events = blob(1, 9, sensor=(34, 34))
    path = place(tmp_path / "a.bin", bin40(events)[:20] + bytes([1, 240, 0, 0, 0]) + bin40(events)[20:])
    ours, theirs = forty_bit(path, (34, 34)), spikingjelly.utils.load_ATIS_bin(path)
    assert equal(ours, tonic.io.read_mnist_file(str(path), dtype=EVENTS)) and len(ours.events) == 9
    assert len(theirs["t"]) == 10 and theirs["t"][-1] == ours.events["t"][-1] - 2**13


def test_a_dvs128s_events_are_spikingjellys_turned(tmp_path: Path, spikingjelly):
    path = place(tmp_path / "a.aedat", aedat2(blob(1)))
    ours, theirs = aedat2_dvs128(path), spikingjelly.cifar10_dvs._load_origin_data(path)
    turned = {"t": theirs["t"], "x": theirs["y"].astype(int), "y": 127 - theirs["x"].astype(int), "p": 1 - theirs["p"]}
    assert equal(ours, turned)
    with pytest.raises(ValueError, match="too many values to unpack"):
        tonic.io.read_dvs_128(str(path))


def test_a_davis_events_are_tonics_turned_where_all_are_pixels(tmp_path: Path):
    events = blob(1)
    path = place(tmp_path / "a.aedat", aedat2(events, "davis"))
    _, _, theirs = tonic.io.read_davis_346(str(path))
    ours = aedat2_davis(path, limits=(260, 346))
    turned = {"t": theirs["t"], "x": theirs["x"], "y": 259 - theirs["y"], "p": ~theirs["p"]}
    assert equal(ours, turned)
    external = struct.pack(">II", 1 << 10, 2**31 - 1)
    path.write_bytes(path.read_bytes() + external)
    assert equal(aedat2_davis(path, limits=(260, 346)), turned)
    assert len(tonic.io.read_davis_346(str(path))[2]) == len(events) + 1


def test_aedat_31_is_spikingjellys_where_all_are_valid_and_no_room_is_written(tmp_path: Path, spikingjelly):
    path = place(tmp_path / "a.aedat", aedat31(blob(3)))
    assert equal(read_aedat31(path), spikingjelly.utils.load_aedat_v3(path))
    with pytest.raises(ValueError, match="too many values to unpack"):
        tonic.io.read_dvs_ibm(str(path))
    two = struct.pack("<IiIi", 5 << 17 | 3, 7, 6 << 17 | 2, 8)  # the second one invalid
    path.write_bytes(HEAD3 + struct.pack("<hhiiiiii", 1, 1, 8, 4, 0, 3, 2, 1) + two + bytes(8))
    assert len(read_aedat31(path).events) == 1 and len(spikingjelly.utils.load_aedat_v3(path)["t"]) == 3


def test_aedat_4_is_tonics(tmp_path: Path):
    pytest.importorskip("aedat")
    path = place(tmp_path / "a.aedat4", aedat4(blob(3)))
    theirs = tonic.io.read_aedat4(str(path))
    assert equal(
        read_aedat4(path, (128, 128)), {"t": theirs["t"], "x": theirs["x"], "y": theirs["y"], "p": theirs["on"]}
    )
