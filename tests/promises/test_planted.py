"""Links, FIFOs, sockets and devices in a run's folder: nothing outside is written or read, and nobody waits."""

import os
import shutil
import signal
import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from snnexp.commands import main
from snnexp.config.compose import compose
from snnexp.datasets.digits import Digits
from snnexp.report.base.measured import KEPT, read_measured
from snnexp.runs.identity import identify
from snnexp.runs.results import read_result

TINY = ["backbone.width=2", "T=1", "device=cpu", "trainer.epochs=1"]
AFTER = (["report"], ["plot"], ["export"], ["export", "--format", "nir"])
FIGURES = [f"figures/{name}" for name in ("curves.png", "layers.png", "potentials.png", "firing_maps.png", KEPT.name)]
HUB = [f"hub/{name}" for name in ("README.md", "config.yaml", "model.safetensors", "result.json")]
READ_FIRST = ["lock", "status.json", "metrics.jsonl", "checkpoint-00000023.pt"]
OTHERS = ["config.yaml", "identity.json", "result.json", "model.safetensors", "report.html", "nir/model.nir"]
OTHERS += FIGURES + HUB
TEXTS = ["config.yaml", "result.json", "metrics.jsonl", "status.json"]


@pytest.fixture(autouse=True)
def impatient() -> Iterator[None]:
    """Ends a test that waits for a FIFO's other end."""

    def end(*_) -> None:
        raise TimeoutError

    signal.signal(signal.SIGALRM, end)
    signal.alarm(300)
    yield
    signal.alarm(0)


@pytest.fixture(scope="module")
def outside(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What a stranger would like to be written to."""
    folder = tmp_path_factory.mktemp("outside")
    (folder / "authorized_keys").write_text("kept")
    return folder


@pytest.fixture(scope="module")
def finished(outside: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run and what commands write of it, made where links lay for each file, and for its unfinished form."""
    runs = tmp_path_factory.mktemp("runs")
    run = identify(compose([*TINY, f"runs_dir={runs}"]), Digits().fingerprint()).folder
    for name in [*OTHERS, *(Path(name).with_name(f".{Path(name).name}.tmp") for name in [*OTHERS, *READ_FIRST])]:
        (run / name).parent.mkdir(parents=True, exist_ok=True)
        (run / name).symlink_to(outside / "authorized_keys")
    (run / "tensorboard").symlink_to(outside)
    assert main(["train", *TINY, f"runs_dir={runs}"]) == 0
    for command in AFTER:
        assert main([*command, str(run)]) == 0
    return run


@pytest.fixture
def copy(finished: Path, tmp_path: Path) -> Path:
    """The run in a folder of the test's own."""
    return Path(shutil.copytree(finished, tmp_path / "runs" / finished.parent.name / finished.name))


def untouched(outside: Path) -> bool:
    return [(path.name, path.read_text()) for path in outside.iterdir()] == [("authorized_keys", "kept")]


def told(words: list[str], capsys: pytest.CaptureFixture) -> str:
    """The line that refuses a command."""
    capsys.readouterr()
    assert main(words) == 2
    (line,) = [line for line in capsys.readouterr().err.splitlines() if line.startswith("snnexp: ")]
    return line


def train(run: Path) -> list[str]:
    return ["train", *TINY, f"runs_dir={run.parents[1]}"]


def test_no_file_of_a_run_is_written_through_a_link(finished: Path, outside: Path, tmp_path: Path, capsys, figure):
    assert untouched(outside)
    files = [path.relative_to(finished) for path in finished.rglob("*") if path.is_file() and not path.is_symlink()]
    assert {str(name) for name in files if name.parts[0] != "tensorboard"} == {*OTHERS, *READ_FIRST}
    for name in READ_FIRST:
        run = tmp_path / name / "runs/quickstart" / finished.name
        run.mkdir(parents=True)
        (run / name).symlink_to(outside / "authorized_keys")
        assert f"{run / name}: a link where a file belongs; remove it" in told(train(run), capsys)
    assert untouched(outside)
    count = len(OTHERS) + len(READ_FIRST) + 1
    text = (
        f"{count} planted, one for each file that a run and the commands on it write: what they point at is unchanged"
    )
    figure("untrusted files: links", text)


def test_no_folder_of_a_run_is_written_through_a_link(copy: Path, outside: Path, capsys):
    for command in AFTER[1:]:
        folder = "figures" if command == ["plot"] else command[-1] if len(command) > 1 else "hub"
        shutil.rmtree(copy / folder)
        (copy / folder).symlink_to(outside)
        assert f"{copy / folder}: a link, through which nothing is written" in told([*command, str(copy)], capsys)
    assert main(["report", str(copy)]) == 0
    assert "the page lacks potentials and spikes" in capsys.readouterr().err
    assert untouched(outside)


def link(path: Path) -> None:
    path.symlink_to(path.rename(path.parents[3] / path.name))


def listen(path: Path) -> None:
    path.unlink()
    with socket.socket(socket.AF_UNIX) as listening:
        os.chdir(path.parent)  # a socket's path is short
        listening.bind(path.name)


def pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


def device(path: Path) -> None:
    path.unlink()
    try:
        os.mknod(path, 0o020666, os.makedev(1, 3))  # as /dev/null
    except PermissionError:
        pytest.skip("only root makes devices")


def folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


@pytest.mark.parametrize(
    ("plant", "kind"), [(link, "link"), (pipe, "FIFO"), (listen, "socket"), (device, "device"), (folder, "folder")]
)
def test_what_is_no_file_of_a_run_is_neither_read_nor_waited_for(
    plant: Callable[[Path], None], kind: str, finished: Path, tmp_path: Path, capsys, monkeypatch, figure
):
    monkeypatch.chdir(tmp_path)
    for name in [*TEXTS, "model.safetensors", str(KEPT)]:
        run = tmp_path / Path(name).name / "runs/quickstart" / finished.name
        (run / "figures").mkdir(parents=True)
        for each in [*TEXTS, "model.safetensors", str(KEPT)]:
            shutil.copy(finished / each, run / each)
        plant(run / name)
        words, other = f"{run / name}: a {kind}", run.with_name("other-s1")
        shutil.copytree(finished, other, ignore=shutil.ignore_patterns("hub", "nir", "tensorboard"))
        capsys.readouterr()
        assert main(["ls", "runs", str(run.parents[1])]) == 0
        lines = capsys.readouterr().out.splitlines()
        assert lines[-1].startswith("done ") and len(lines) == 2
        if name in ("status.json", "metrics.jsonl"):
            assert lines[0].startswith("damaged ") and words in lines[0]
        if name == str(KEPT):
            assert read_measured(run, read_result(run)) is None
        elif name in ("config.yaml", "model.safetensors"):
            assert f"{run / name}: " in told(["eval", str(run)], capsys)
        else:
            assert main(["report", str(run)]) == 0  # shows it as damaged
            assert f"{run / name}: " in (run / "report.html").read_text()
    figure(
        "untrusted files: special files",
        "link, FIFO, socket, device and folder in place of each of 6 files that are read: told in one line",
    )
