import threading
from collections.abc import Mapping
from pathlib import Path

import pytest

from snnexp.sweeps.jobs import Job, expand
from snnexp.sweeps.launchers.base import gpus, shared, side_by_side


def test_the_gpus_are_those_that_this_process_may_use(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    monkeypatch.setattr("torch.cuda.device_count", lambda: 0)
    assert gpus(1) == gpus(2) == []
    monkeypatch.setattr("torch.cuda.device_count", lambda: 5)
    assert gpus(1) == ["0", "1", "2", "3", "4"] and gpus(2) == ["0,1", "2,3"] and gpus(6) == ["0,1,2,3,4"]
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "3,GPU-4,7,9,8,none")
    assert gpus(1) == ["3", "GPU-4", "7", "9", "8"] and gpus(3) == ["3,GPU-4,7"]


def test_no_two_jobs_share_a_gpu_however_long_they_take(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("snnexp.sweeps.launchers.base.gpus", lambda size: ["0", "1"])
    jobs = expand([f"runs_dir={tmp_path}", "seed=range(5)"])
    others_are_done, ended, used, shared = threading.Event(), [], {}, []

    def train(job: Job, environment: Mapping[str, str]) -> str:
        gpu = environment["CUDA_VISIBLE_DEVICES"]
        shared.extend(each for each in used.values() if each == gpu)
        used[job.overrides[-1]] = gpu
        if job is jobs[0]:
            assert others_are_done.wait(60)  # the first job outlasts all others, which then have the other GPU
        del used[job.overrides[-1]]
        ended.append((job.overrides[-1], gpu))
        if len(ended) == 4:
            others_are_done.set()
        return f"{job.overrides[-1]} ended"

    assert side_by_side(jobs, train, None) == [f"seed={seed} ended" for seed in range(5)]
    assert shared == [] and ended[-1][0] == "seed=0"
    assert {gpu for seed, gpu in ended[:-1]} | {ended[-1][1]} == {"0", "1"} and len({gpu for _, gpu in ended[:-1]}) == 1


def test_as_many_jobs_as_are_told_share_each_gpu(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("snnexp.sweeps.launchers.base.gpus", lambda size: ["0", "1"])
    monkeypatch.setattr("snnexp.sweeps.launchers.base.cores", lambda: 8)
    together, used = threading.Barrier(4), []

    def train(job: Job, environment: Mapping[str, str]) -> str:
        used.append(environment["CUDA_VISIBLE_DEVICES"])
        together.wait(60)
        return ""

    assert side_by_side(expand([f"runs_dir={tmp_path}", "seed=range(4)"]), train, None, 2) == [""] * 4
    assert sorted(used) == ["0", "0", "1", "1"] and shared(None, 2).threads == 2


def test_without_gpus_jobs_share_the_cores(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("snnexp.sweeps.launchers.base.gpus", lambda size: [])
    monkeypatch.setattr("snnexp.sweeps.launchers.base.cores", lambda: 5)
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    jobs = expand([f"runs_dir={tmp_path}", "seed=1,2"], machine=shared(2))
    assert expand([f"runs_dir={tmp_path}", "threads=2"])[0].folder == jobs[0].folder  # the same run started alone
    assert shared(None, 4).threads == 5
    together = threading.Barrier(2)

    def train(job: Job, environment: Mapping[str, str]) -> str:
        together.wait(60)
        return str({**job.environment, **environment})

    assert side_by_side(jobs, train, 2) == ["{'OMP_NUM_THREADS': '2'}"] * 2
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    assert expand(["threads=auto"], machine=shared(2))[0].environment == {"OMP_NUM_THREADS": "1"}
    assert expand(["threads=3"], machine=shared(2))[0].environment == {"OMP_NUM_THREADS": "3"}
