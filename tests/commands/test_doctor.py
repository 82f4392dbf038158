import pytest
import torch

from snnexp.commands import doctor
from snnexp.ops.base import library


def test_shows_versions_devices_kernels_and_data(capsys: pytest.CaptureFixture):
    assert doctor.main([]) == 0
    lines = dict(line.split(maxsplit=1) for line in capsys.readouterr().out.splitlines())
    assert lines["torch"] == torch.__version__ and "threads" in lines["cpu"]
    assert {"snnexp", "python", "torchvision", "LIF", "data", "digits:", "cifar10:"} <= lines.keys()


def test_what_is_missing_comes_with_a_remedy(capsys: pytest.CaptureFixture, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("SNNEXP_DATA", raising=False)
    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.delenv("CXX", raising=False)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr("snnexp.runs.versions.installed", lambda package: None)
    assert doctor.main([]) == 0
    lines = capsys.readouterr().out.splitlines()
    for name, remedy in (
        ("C++ compiler", "install g++"),
        ("cuda", "trainings run on the CPU"),
        ("aedat", "pip install"),
    ):
        assert [line for line in lines if line.startswith(name) and "missing: " in line and remedy in line], name
    assert any("SNNEXP_DATA is not set" in line for line in lines)
    assert any(line.startswith("cifar10: missing") for line in lines)


@pytest.mark.parametrize(
    ("flags", "found"), [("fpu amx_bf16 avx512_bf16", "on cpu by amx_bf16, avx512_bf16"), ("fpu", None)]
)
def test_tells_whether_the_cpu_computes_bfloat16(monkeypatch: pytest.MonkeyPatch, flags: str, found: str | None):
    monkeypatch.setattr(library, "processor", lambda: f"flags : {flags}")
    assert doctor.bfloat16() == found
