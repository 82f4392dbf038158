import logging
import os
import random
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from torch import nn

from snnexp.errors import UserError
from snnexp.runs.checkpoint import WEIGHTS, load_latest, load_weights, save, save_weights

# Children that save back to back, each killed after a moment; what each had said until then is left beside its states.
SAVING = """
import os, random, signal, sys, time
from pathlib import Path
import torch
from snnexp.runs.checkpoint import save
for number in range(int(sys.argv[2])):
    folder = Path(sys.argv[1]) / str(number)
    folder.mkdir()
    receive, send = os.pipe()
    child = os.fork()
    if child == 0:
        step = 0
        while True:
            save(folder, {"step": step, "x": torch.full((200_000,), step)}, step)
            os.write(send, b"%d " % step)
            step += 1
    os.close(send)
    said = os.read(receive, 99)
    time.sleep(random.Random(number).uniform(0, 0.2))
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    while more := os.read(receive, 99):
        said += more
    (folder / "said").write_bytes(said)
"""


def flip(data: bytes, bit: int) -> bytes:
    changed = bytearray(data)
    changed[bit // 8] ^= 1 << bit % 8
    return bytes(changed)


def network(width: int = 3) -> nn.Module:
    return nn.Sequential(nn.Conv2d(2, width, 3), nn.BatchNorm2d(width)).to(memory_format=torch.channels_last)


def test_the_last_state_comes_back(tmp_path: Path):
    assert load_latest(tmp_path) is None
    optimizer = torch.optim.Adam(network().parameters())
    for step in range(3):
        state = {
            "step": step,
            "network": network().state_dict(),
            "optimizer": optimizer.state_dict(),
            "row": {"a": 0.1},
        }
        save(tmp_path, state, step)
    loaded = load_latest(tmp_path)
    assert loaded is not None and loaded["step"] == 2 and loaded["row"] == {"a": 0.1}
    assert all(torch.equal(loaded["network"][name], value) for name, value in state["network"].items())


def test_the_last_two_are_kept(tmp_path: Path):
    for step in (8, 9, 10):
        save(tmp_path, {}, step)
    assert [path.name for path in sorted(tmp_path.iterdir())] == ["checkpoint-00000009.pt", "checkpoint-00000010.pt"]


def test_after_a_damaged_one_the_new_ones_count(tmp_path: Path):
    for step in (8, 9):
        path = save(tmp_path, {"step": step}, step)
    path.write_bytes(b"")
    assert load_latest(tmp_path) == {"step": 8}
    save(tmp_path, {"step": "8 again"}, 8)
    assert load_latest(tmp_path) == {"step": "8 again"}


def test_every_flipped_bit_and_every_cut_is_named_and_the_state_before_it_used(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, figure
):
    save(tmp_path, {"step": 0}, 0)
    path = save(tmp_path, {"step": 1, "x": torch.arange(100.0)}, 1)
    data, draw = path.read_bytes(), random.Random(0)
    flips = [flip(data, draw.randrange(8 * len(data))) for _ in range(200)] + [flip(data, bit) for bit in (0, 200, 420)]
    cuts = [data[: draw.randrange(len(data))] for _ in range(50)] + [b"", data[:-1], data + b"\0"]
    for damaged in flips + cuts:
        path.write_bytes(damaged)
        caplog.clear()
        with caplog.at_level(logging.WARNING):
            assert load_latest(tmp_path) == {"step": 0}
        assert [record.getMessage() for record in caplog.records] == [
            f"{path} is damaged or of another version; using the one before it"
        ]
    text = f"{len(flips)} bit flips and {len(cuts)} changes of length: all refused by name, the checkpoint before used"
    figure("damage is noticed", text)


def test_states_that_are_all_damaged_are_refused(tmp_path: Path):
    for step in (0, 1):
        path = save(tmp_path, {}, step)
        path.write_bytes(flip(path.read_bytes(), 4000))
    with pytest.raises(
        UserError, match="all 2 checkpoints are damaged or of another version; remove the folder to train again"
    ):
        load_latest(tmp_path)


def test_a_state_may_hold_plain_values_only(tmp_path: Path):
    save(tmp_path, {"call": os.getcwd}, 0)
    with pytest.raises(UserError, match=r"checkpoint-00000000.pt: holds something else than tensors and plain values"):
        load_latest(tmp_path)


@pytest.mark.count(10, 200)
def test_a_kill_at_any_time_leaves_a_state_that_can_be_read(count: int, tmp_path: Path, figure):
    subprocess.run([sys.executable, "-c", SAVING, str(tmp_path), str(count)], check=True)
    folders = list(tmp_path.iterdir())
    torn = sum(any(folder.glob(".*")) for folder in folders)  # a temporary file is left: the kill came within a save
    for folder in folders:
        last = int((folder / "said").read_text().split()[-1])
        loaded = load_latest(folder)
        assert loaded is not None and loaded["step"] in (last, last + 1)
        assert (loaded["x"] == loaded["step"]).all()
    assert len(folders) == count
    text = f"{count} kills during back-to-back saves, {torn} with a file half written: 0 unreadable last checkpoints"
    figure("a checkpoint is never torn", text)


def test_weights_come_back(tmp_path: Path):
    trained, fresh = network(), network()
    save_weights(tmp_path / WEIGHTS, trained.state_dict())
    load_weights(tmp_path / WEIGHTS, fresh)
    assert all(
        torch.equal(a, b) for a, b in zip(trained.state_dict().values(), fresh.state_dict().values(), strict=True)
    )


def test_weights_that_differ_are_refused(tmp_path: Path):
    trained = network()
    path = save_weights(tmp_path / WEIGHTS, trained.state_dict())
    data, draw = path.read_bytes(), random.Random(0)
    flips = [flip(data, draw.randrange(8 * len(data))) for _ in range(200)]
    for damaged in [*flips, *(data[: draw.randrange(len(data))] for _ in range(50))]:
        path.write_bytes(damaged)
        loaded = network()
        try:
            load_weights(path, loaded)
        except UserError as error:
            assert str(path) in str(error) and len(str(error).splitlines()) == 1
        else:  # a bit that means nothing, as in the padding of the header
            assert all(
                torch.equal(a, b)
                for a, b in zip(trained.state_dict().values(), loaded.state_dict().values(), strict=True)
            )


def test_weights_of_another_network_are_refused(tmp_path: Path):
    path = save_weights(tmp_path / WEIGHTS, network(3).state_dict())
    with pytest.raises(UserError, match="weights of another network"):
        load_weights(path, network(4))
