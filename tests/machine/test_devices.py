import pytest
import torch

from snnexp.commands import main
from snnexp.config.compose import compose, compose_stored
from snnexp.errors import UserError
from snnexp.machine.devices import Machine, check_devices, cores, make_deterministic
from snnexp.runs import versions
from snnexp.training.assembly import make


def test_each_process_has_a_device_of_its_own():
    check_devices("cpu", 16)
    more = torch.cuda.device_count() + 1
    for device, nproc in (("cuda", more), ("cuda:0", 2)):
        with pytest.raises(UserError, match=rf"^launch.nproc={nproc}: .*device={device} has \d+; use device=cuda"):
            check_devices(device, nproc)


def test_threads_are_those_that_were_said_or_a_part_of_the_cores(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    assert Machine().resolve_threads("auto", 1) == cores() and Machine().resolve_threads("auto", 10**6) == 1
    assert Machine(threads=3).resolve_threads("auto", 2) == 3
    monkeypatch.setenv("OMP_NUM_THREADS", " 7, 2")
    assert [Machine(threads=3).resolve_threads(asked, 2) for asked in ("auto", 5)] == [7, 5]


@pytest.mark.parametrize("said", ["0", "abc", "-1", "", "1.5"])
def test_what_is_no_number_of_threads_is_refused_before_torch_is_imported(
    said: str, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture
):
    monkeypatch.setenv("OMP_NUM_THREADS", said)
    assert main(["train", "trainer.epochs=1"]) == 2
    assert capfd.readouterr().err == f"snnexp: OMP_NUM_THREADS={said}: must be a number from 1 on; " + (
        "set it so, or unset it for all cores\n"
    )


def test_a_run_of_a_cpu_is_evaluated_with_its_threads():
    cpu, cuda = compose(["threads=3", "device=cpu"]).config, compose(["threads=3"]).config | {"device": "cuda"}
    assert compose_stored(cpu, []).config["threads"] == 3
    assert compose_stored(cuda, []).config["threads"] == compose([]).config["threads"]
    assert compose_stored(cuda, ["threads=2"]).config["threads"] == 2
    assert compose_stored({key: cpu[key] for key in cpu if key != "threads"}, []).config["threads"] > 0


@pytest.mark.cuda
@pytest.mark.parametrize(("amp", "products"), [("false", "ieee"), ("true", "ieee"), ("tf32", "tf32")])
def test_float32_is_rounded_to_tf32_only_where_that_is_chosen(amp, products):
    torch.backends.cudnn.allow_tf32 = True  # as PyTorch has it
    make(compose([f"trainer.amp={amp}", "device=cuda"]))
    assert versions.environment("cuda")["float32_products"] == products
    assert torch.backends.cudnn.allow_tf32 == torch.backends.cuda.matmul.allow_tf32 == (amp == "tf32")


def test_a_cpu_has_no_tf32():
    with pytest.raises(UserError, match=r"^trainer.amp=tf32: needs a CUDA device; use trainer.amp=false$"):
        make(compose(["trainer.amp=tf32", "device=cpu"]))
    assert versions.environment("cpu")["float32_products"] == "ieee"


def test_a_deterministic_training_fills_no_memory_and_times_no_convolutions():
    make_deterministic(True)
    try:
        assert torch.are_deterministic_algorithms_enabled() and not torch.utils.deterministic.fill_uninitialized_memory
        assert not torch.backends.cudnn.benchmark  # whose choice is another one in another run
    finally:
        make_deterministic(False)
    assert torch.backends.cudnn.benchmark
