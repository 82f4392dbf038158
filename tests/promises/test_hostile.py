"""Hostile files: nothing in them runs, nothing leaves its folder, and each ends in one line."""

import hashlib
import io
import os
import pickle
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
import yaml
from trainings import SMALL, start

from snnexp.commands import main
from snnexp.datasets.base import BrokenData
from snnexp.datasets.base.unpacking import extract
from snnexp.datasets.har_dvs import load
from snnexp.datasets.imagenet import picture
from snnexp.errors import UserError
from snnexp.runs import checkpoint


class Runs:
    """Touches a file when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self):
        return os.system, (f"touch {self.path}",)


def told(words: list[str], capsys: pytest.CaptureFixture) -> str:
    assert main(words) == 2
    *before, said = capsys.readouterr().err.splitlines()
    assert said.startswith("snnexp: ") and len(before) <= 1  # a training's log begins with its device
    return said


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """A run that was killed."""
    start(tmp_path / "said", f"runs_dir={tmp_path / 'runs'}", dies_at=30).join()
    (folder,) = tmp_path.glob("runs/*/*")
    return folder


@pytest.mark.parametrize("kind", ["torch", "pickle"])
def test_a_checkpoint_that_would_run_code_is_refused_by_the_command_that_goes_on(
    kind: str, run: Path, tmp_path: Path, capsys, figure
):
    data = io.BytesIO()
    content = {"network": Runs(tmp_path / "ran")}
    torch.save(content, data) if kind == "torch" else pickle.dump(content, data, protocol=2)
    digest = hashlib.sha256(data.getvalue()).digest()  # whoever makes such a file can make its checksum as well
    path = checkpoint.checkpoints(run)[-1]
    path.write_bytes(checkpoint.MAGIC + digest + data.getvalue())
    said = told(["train", *SMALL, f"runs_dir={tmp_path / 'runs'}"], capsys)
    assert f"{path}: holds something else" in said and not (tmp_path / "ran").exists()
    figure(
        "untrusted files: a checkpoint with code",
        "2 kinds of pickle behind a right checksum: refused in one line, nothing ran",
    )


HOSTILE = [
    {"_target_": "os.system", "command": "touch ran"},
    {"_target_": "torch.optim.optimizer.torch.hub.load", "repo_or_dir": "."},
    {"_target_": "torch.optim.optimizer.torch.load", "f": "ran"},
    {"_target_": "snnexp.runs.results.subprocess.run", "args": ["touch", "ran"]},
    {"_target_": "snnexp.losses.mse_rate.MseRate", "more": {"_target_": "builtins.exec", "source": "1"}},
    {"_target_": "evil.Part"},
]


@pytest.mark.parametrize("node", HOSTILE, ids=lambda node: node["_target_"])
@pytest.mark.parametrize("more", [{}, {"allow_modules": ["evil", "os"]}, {"allow_module": "evil"}], ids=str)
def test_a_runs_config_names_no_code_and_allows_itself_none(
    node: dict, more: dict, run: Path, tmp_path: Path, capsys, monkeypatch, figure
):
    (tmp_path / "evil.py").write_text("from pathlib import Path\nPath('ran').touch()\n")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.chdir(tmp_path)
    path = run / "config.yaml"
    path.write_text(yaml.safe_dump(yaml.safe_load(path.read_text()) | {"loss": node} | more))
    for command in ("eval", "plot", "export"):
        assert told([command, str(run)], capsys)
    assert not (tmp_path / "ran").exists()
    figure(
        "untrusted files: a run's config",
        "targets that walk around what is allowed, modules that it allows itself: refused in one line, nothing ran",
    )


@pytest.mark.parametrize("tag", ["!!python/object/apply:os.system ['touch ran']", "!!python/name:os.system"])
def test_a_yaml_builds_no_objects(tag: str, run: Path, tmp_path: Path, capsys, monkeypatch, figure):
    monkeypatch.chdir(tmp_path)
    (run / "config.yaml").write_text(f"loss: {tag}\n")
    assert "config" in told(["report", str(run)], capsys)
    (tmp_path / "own/exp").mkdir(parents=True)
    (tmp_path / "own/exp/evil.yaml").write_text(f"# @package _global_\nT: {tag}\n")
    assert "exp=evil" in told(["train", "--config-dir", str(tmp_path / "own"), "exp=evil"], capsys)
    assert not (tmp_path / "ran").exists()
    figure("untrusted files: yaml tags", "refused in one line, nothing ran")


def test_a_yaml_that_holds_itself_is_told(run: Path, tmp_path: Path, capsys):
    levels = "".join(f"x{i}: &a{i} [{f'*a{i - 1}, ' * 9}]\n" for i in range(1, 12))
    for text in ("loss: &a\n  a: *a\n", "[" * 9999, f"x0: &a0 [1]\n{levels}"):
        (run / "config.yaml").write_text(text)
        assert "config.yaml: not a config" in told(["report", str(run)], capsys)
    (tmp_path / "own/exp").mkdir(parents=True)
    (tmp_path / "own/exp/evil.yaml").write_text("# @package _global_\noptimizer: &a\n  lr: *a\n")
    assert "exp=evil: a group holds itself" in told(
        ["train", "--config-dir", str(tmp_path / "own"), "exp=evil"], capsys
    )


def entry(name: str, kind: bytes = tarfile.REGTYPE, link: str = "") -> tarfile.TarInfo:
    made = tarfile.TarInfo(name)
    made.type, made.linkname = kind, link
    return made


@pytest.mark.parametrize(
    "entries",
    [
        [entry("../outside")],
        [entry("a/../../outside")],
        [entry("link", tarfile.SYMTYPE, "/etc"), entry("link/outside")],
        [entry("link", tarfile.SYMTYPE, ".."), entry("link/outside")],
        [entry("hard", tarfile.LNKTYPE, "/etc/passwd")],
        [entry("device", tarfile.CHRTYPE)],
    ],
    ids=lambda entries: entries[-1].name,
)
def test_no_entry_of_an_archive_leaves_its_folder(entries: list[tarfile.TarInfo], tmp_path: Path, figure):
    with tarfile.open(tmp_path / "a.tar", "w") as tar:
        for each in entries:
            tar.addfile(each)
    (tmp_path / "in").mkdir()
    with pytest.raises(OSError, match=r"a\.tar: ") as caught:
        extract(tmp_path / "a.tar", tmp_path / "in", most=10**6)
    assert len(str(caught.value).splitlines()) == 1
    assert not (tmp_path / "outside").exists() and not Path("/etc/outside").exists()
    figure(
        "untrusted files: archives", "names and links that lead outside, devices: refused in one line, nothing written"
    )


@pytest.mark.parametrize("data", [b"", b"no archive", b"\x1f\x8b" + bytes(50), b"BZh9" + bytes(50)])
def test_what_is_no_archive_is_told_in_a_line(data: bytes, tmp_path: Path):
    (tmp_path / "a.tar").write_bytes(data)
    with pytest.raises(OSError, match=r"a\.tar: ") as caught:
        extract(tmp_path / "a.tar", tmp_path, most=10**6)
    assert len(str(caught.value).splitlines()) == 1


def arrays(length: int, kind: str = "<i8") -> bytes:
    """A HAR-DVS file whose columns claim a length."""
    head = f"{{'descr': '{kind}', 'fortran_order': False, 'shape': ({length},), }}".ljust(117) + "\n"
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name in "txyp":
            archive.writestr(f"{name}.npy", b"\x93NUMPY\x01\x00" + struct.pack("<H", 118) + head.encode() + bytes(24))
    return file.getvalue()


def png(side: int) -> bytes:
    """A picture that claims to have side x side pixels."""
    chunks = [(b"IHDR", struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)), (b"IDAT", zlib.compress(bytes(9)))]
    parts = [
        struct.pack(">I", len(d)) + n + d + struct.pack(">I", zlib.crc32(n + d)) for n, d in [*chunks, (b"IEND", b"")]
    ]
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def recording(path: Path) -> object:
    """HAR-DVS's reader."""
    return load(path, "sort")


@pytest.mark.parametrize(
    ("read", "data"),
    [(recording, arrays(n)) for n in (-1, 4, 10**13, 10**30)]
    + [(recording, arrays(3, "|O"))]
    + [(picture, png(side)) for side in (100, 20_000, 60_000)],
)
def test_a_header_that_claims_too_much_is_told(read: Callable[[Path], object], data: bytes, tmp_path: Path, figure):
    path = tmp_path / "file"
    path.write_bytes(data)
    with pytest.raises(BrokenData, match=str(path)) as caught:
        read(path)
    assert len(str(caught.value).splitlines()) == 1
    figure("untrusted files: huge headers of data", "refused in one line")


@pytest.mark.parametrize("length", [2**63, 2**40, 10**9, 3])
def test_weights_with_a_huge_header_are_refused(length: int, tmp_path: Path, figure):
    (tmp_path / checkpoint.WEIGHTS).write_bytes(length.to_bytes(8, "little") + b"{}")
    with pytest.raises(UserError, match="damaged"):
        checkpoint.load_weights(tmp_path / checkpoint.WEIGHTS, torch.nn.Linear(1, 1))
    figure("untrusted files: huge headers of weights", "refused in one line")
