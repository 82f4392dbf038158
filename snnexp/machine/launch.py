"""Starts one training in several processes, and gives a process its place among them; imports nothing heavy."""

import os
import re
import signal
import subprocess
import sys
import tempfile
import time
import zlib
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

from snnexp.machine.signals import ASKING

# Who starts processes names each one's number, its number on its machine, and how many there are: torchrun (and `start`
# below), and srun.
STARTERS = [("RANK", "LOCAL_RANK", "WORLD_SIZE"), ("SLURM_PROCID", "SLURM_LOCALID", "SLURM_STEP_NUM_TASKS")]
RENDEZVOUS = "SNNEXP_RENDEZVOUS"  # where processes meet that `start` started
PORTS = range(20_000, 32_000)  # below those that Linux gives to whoever asks for any
GRACE = 10.0  # seconds that the others have to end by themselves, once one has failed


def place() -> tuple[int, int, int]:
    """Return this process's number, its number on this machine, and how many there are, from the environment."""
    for names in STARTERS:
        if all(name in os.environ for name in names):
            rank, local, size = (int(os.environ[name]) for name in names)
            return rank, local, size
    return 0, 0, 1


def meeting() -> str:
    """Return the address at which a team's processes meet, as torch.distributed takes it.

    `start` says it, torchrun does by its variables; srun says nothing, and they meet on the step's first machine, at a
    port that follows from the step.
    """
    if RENDEZVOUS in os.environ:
        return os.environ[RENDEZVOUS]
    machines = re.match(r"([^\[,]+)(?:\[([^\],-]+))?", os.environ.get("SLURM_STEP_NODELIST", ""))
    if "MASTER_ADDR" in os.environ or machines is None:
        return "env://"
    step = f"{os.environ.get('SLURM_JOB_ID')}.{os.environ.get('SLURM_STEP_ID')}"
    return f"tcp://{''.join(filter(None, machines.groups()))}:{PORTS.start + zlib.crc32(step.encode()) % len(PORTS)}"


def start(size: int, threads: int, arguments: Sequence[str]) -> int:
    """Run `snnexp train` with these arguments in `size` processes, until all have ended; returns their exit status.

    Where one fails, the others end too, at the latest after a while by SIGKILL. Signals are handed on.
    """
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        processes = [begin(rank, size, threads, arguments, Path(folder) / "meeting") for rank in range(size)]
        for number in ASKING:
            before = signal.signal(number, lambda number, _: [each.send_signal(number) for each in processes])
            stack.callback(signal.signal, number, before)
        statuses = wait(processes)
    for rank, status in enumerate(statuses):
        if status < 0:
            print(f"snnexp: rank {rank} was ended by {signal.Signals(-status).name}", file=sys.stderr)
    failed = [status if status > 0 else 1 for status in statuses if status]
    return min(failed, default=0)


def begin(rank: int, size: int, threads: int, arguments: Sequence[str], meeting: Path) -> subprocess.Popen[bytes]:
    """Start one process, in a session of its own: a terminal's Ctrl-C then reaches it once, through us."""
    names = dict(zip(STARTERS[0], map(str, (rank, rank, size)), strict=True))
    own = {"OMP_NUM_THREADS": str(threads), RENDEZVOUS: f"file://{meeting}"} | names
    environment = ({"TQDM_DISABLE": "1"} if rank else {}) | dict(os.environ) | own
    command = [sys.executable, "-m", "snnexp", "train", *arguments]
    return subprocess.Popen(command, env=environment, start_new_session=True)


def wait(processes: Sequence[subprocess.Popen[bytes]]) -> list[int]:
    """Return the processes' statuses, below 0 where a signal ended one."""
    failed_at = None
    while any(each.poll() is None for each in processes):
        if failed_at is None and any(each.returncode for each in processes):
            failed_at = time.monotonic()
        if failed_at is not None and time.monotonic() - failed_at > GRACE:
            for each in processes:
                each.kill()
        time.sleep(0.05)
    return [each.returncode for each in processes]
