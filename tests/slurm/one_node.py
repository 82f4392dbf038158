"""A SLURM of one node for tests, in processes of its own, by Debian's packages `slurm-wlm` and `munge`."""

import getpass
import os
import secrets
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

PROGRAMS = ("munged", "slurmctld", "slurmd", "sbatch")
PATH = f"{os.environ['PATH']}:/usr/sbin"
# linuxproc and task/none: a container has no cgroups of its own. The job's records are in memory alone.
CONF = """\
ClusterName=test
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={ports[0]}
SlurmdPort={ports[1]}
SlurmUser={user}
SlurmdUser={user}
AuthType=auth/munge
AuthInfo=socket={folder}/munge.socket
CredType=cred/munge
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
MpiDefault=none
ReturnToService=2
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
SchedulerParameters=batch_sched_delay=0,sched_interval=1,sched_min_interval=0,defer_batch
KillWait=30
NodeName={host} NodeAddr=127.0.0.1 CPUs={cpus}
PartitionName=test Nodes=ALL Default=YES MaxTime=INFINITE
"""


def missing() -> str:
    """Why no SLURM can be started here; "" where one can."""
    absent = [program for program in PROGRAMS if not shutil.which(program, path=PATH)]
    return f"needs {', '.join(absent)} (Debian: apt install slurm-wlm munge)" if absent else ""


@contextmanager
def one_node(folder: Path) -> Iterator[dict[str, str]]:
    """Within the block a SLURM runs; gives the environment in which its commands find it."""
    for name in ("state", "spool"):
        (folder / name).mkdir(parents=True)
    host, cpus = socket.gethostname().partition(".")[0], os.cpu_count()
    conf = CONF.format(host=host, ports=free_ports(2), user=getpass.getuser(), folder=folder, cpus=cpus)
    (folder / "slurm.conf").write_text(conf)
    (folder / "munge.key").write_bytes(secrets.token_bytes(128))
    (folder / "munge.key").chmod(0o400)
    environment = os.environ | {"SLURM_CONF": str(folder / "slurm.conf"), "PATH": PATH}
    files = {"socket": "munge.socket", "key-file": "munge.key", "log-file": "munged.log", "pid-file": "munged.pid"}
    munge = [f"--{option}={folder / name}" for option, name in (files | {"seed-file": "munged.seed"}).items()]
    with ExitStack() as stack:
        for command in (["munged", "-F", "-f", *munge], ["slurmctld", "-D", "-i"], ["slurmd", "-D"]):
            log = stack.enter_context((folder / f"{command[0]}.out").open("w"))
            process = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
            stack.callback(process.wait)
            stack.callback(process.terminate)
        until_idle(folder, environment)
        yield environment


def until_idle(folder: Path, environment: dict[str, str]) -> None:
    """Return when the node takes jobs; what its programs said is the error where it does not within a minute."""
    for _ in range(120):
        state = subprocess.run(["sinfo", "-h", "-o", "%t"], env=environment, capture_output=True, text=True)
        if state.stdout.strip() == "idle":
            return
        time.sleep(0.5)
    raise RuntimeError("\n".join(path.read_text() for path in folder.glob("*.out")) + state.stderr)


def free_ports(count: int) -> list[int]:
    """Ports that nobody listens on."""
    with ExitStack() as stack:
        sockets = [stack.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(count)]
        return [each.getsockname()[1] for each in sockets]
