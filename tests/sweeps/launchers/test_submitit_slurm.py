"""What SLURM's commands refuse, by programs that stand for them; tests/slurm has the real ones."""

import os
from pathlib import Path

import pytest

from snnexp.commands import main
from snnexp.errors import UserError
from snnexp.sweeps.jobs import expand
from snnexp.sweeps.launchers.submitit_slurm import SubmititSlurmLauncher

SBATCH = """#!/bin/sh
array=$(sed -n 's/^#SBATCH --array=//p' "$1")
echo "$array" >> "$LOG"
if grep -q -- '--partition=wrong' "$1"; then
  echo "sbatch: error: invalid partition specified: wrong" >&2
  echo "sbatch: error: Batch job submission failed: Invalid partition name specified" >&2
  exit 1
fi
last=${array%%%*}
if [ "${last#0-}" -ge 3 ] 2> /dev/null; then
  echo "sbatch: error: Batch job submission failed: Invalid job array specification" >&2
  exit 1
fi
if [ "$(wc -l < "$LOG")" -gt "$TAKEN" ]; then
  echo "sbatch: error: AssocMaxSubmitJobLimit" >&2
  exit 1
fi
echo "Submitted batch job $(wc -l < "$LOG")"
"""
PARAMETERS = {"timeout_min": 60, "gpus_per_node": 0, "cpus_per_task": 1, "mem_gb": None, "slurm_partition": None}
PARAMETERS |= {"slurm_account": None, "slurm_qos": None, "slurm_constraint": None, "slurm_array_parallelism": 256}
PARAMETERS |= {"slurm_signal_delay_s": 120, "slurm_max_num_timeout": 100}


@pytest.fixture
def slurm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The log of a SLURM that takes three jobs as one array, and as many arrays as `TAKEN` says."""
    pytest.importorskip("submitit")
    programs = {"sbatch": SBATCH, "srun": "#!/bin/sh\n"}
    programs["scontrol"] = "#!/bin/sh\necho 'MaxArraySize            = 3'\n"
    (tmp_path / "bin").mkdir()
    for name, text in programs.items():
        (tmp_path / "bin" / name).write_text(text)
        (tmp_path / "bin" / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:{os.environ['PATH']}")
    monkeypatch.setenv("LOG", str(tmp_path / "log"))
    monkeypatch.setenv("TAKEN", "9")
    return tmp_path / "log"


def submit(folder: Path, count: int, **given: object) -> tuple[list[str], str]:
    """SLURM's names of the jobs that it takes of some, and why it refuses the others."""
    jobs = expand(["device=cpu", "backbone.width=2", f"runs_dir={folder / 'runs'}", f"seed=range(0,{count})"])
    submitted, refused = SubmititSlurmLauncher(**PARAMETERS | given).submit(jobs)
    return [each.job_id for each in submitted], refused


def test_more_jobs_than_an_array_holds_are_several_arrays(slurm: Path, tmp_path: Path):
    taken, refused = submit(tmp_path, 8, slurm_array_parallelism=7)
    assert (taken, refused) == (["1_0", "1_1", "1_2", "2_0", "2_1", "2_2", "3_0", "3_1"], "")
    assert slurm.read_text().split() == ["0-2%2", "0-2%2", "0-1%2"]


def test_a_wrong_partition_is_told_in_sbatchs_own_words(slurm: Path, tmp_path: Path, capsys: pytest.CaptureFixture):
    words = ["seed=1,2", "device=cpu", f"runs_dir={tmp_path / 'runs'}", "hydra/launcher=submitit_slurm"]
    assert main(["sweep", *words, "hydra.launcher.gpus_per_node=0", "hydra.launcher.slurm_partition=wrong"]) == 2
    told = capsys.readouterr().err.splitlines()[-1]
    own = "invalid partition specified: wrong Batch job submission failed: Invalid partition name specified"
    assert told.startswith(f"snnexp: sbatch refuses 2 jobs: {own}; change hydra.launcher.slurm_partition")


def test_jobs_that_were_taken_are_followed_where_the_rest_is_refused(
    slurm: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("TAKEN", "1")
    taken, refused = submit(tmp_path, 7)
    assert taken == ["1_0", "1_1", "1_2"] and refused.startswith("sbatch refuses 3 jobs: AssocMaxSubmitJobLimit; ")


def test_where_slurm_says_no_size_a_refused_array_is_told(slurm: Path, tmp_path: Path):
    (tmp_path / "bin" / "scontrol").write_text("#!/bin/sh\nexit 1\n")
    with pytest.raises(UserError, match=r"sbatch refuses 4 jobs: .*Invalid job array specification"):
        submit(tmp_path, 4)
