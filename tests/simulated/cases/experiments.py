"""Every experiment at full size: a step is captured and waits for nothing, and a bounded number of launches does it.

Nothing is computed: allocations, checks and the rules of a capture are the real ones.
"""

import device
import pytest
import torch

from snnexp.config.compose import compose
from snnexp.config.places import options
from snnexp.training import assembly
from snnexp.training.evaluation import measure
from snnexp.training.trainer import Trainer

# Every network, both kinds of data, and each method once; the others with --all.
COVERING = ["asa_dvs128_gesture", "asa_har_dvs", "inflor_imagenet", "nmnist_asa", "rmp_cifar10", "rmp_cifar10_dvs"]
NUMBERS = {
    "exact": ["trainer.amp=false", "trainer.deterministic=true"],
    "bfloat16": ["trainer.amp=true", "trainer.deterministic=false"],
}
CONVOLUTIONS = {"convolution": 1, "convolution_backward": 2, "mm": 1, "addmm": 1}  # kernels a call, at least


class Two:
    """A test set of one batch."""

    samples, is_shared = 2, False

    def __init__(self, x: torch.Tensor, y: torch.Tensor) -> None:
        self.batch = x, y

    def __len__(self) -> int:
        return 1

    def epoch(self, epoch: int, start: int = 0):
        return iter([self.batch])


def prepare(exp: str, *overrides: str) -> tuple[Trainer, torch.Tensor, torch.Tensor]:
    """The trainer of an experiment, without its data, and a batch of two of the right shape."""
    composed = compose([f"exp={exp}", "device=cuda", "trainer.accumulate=1", *overrides])
    dataset, regularizers = assembly.part(composed, "dataset"), assembly.make_regularizers(composed)
    trainer = assembly.make_trainer(composed, assembly.make_network(composed, dataset, regularizers), regularizers)
    trainer.network.train()
    shape = (2, dataset.in_channels) if dataset.static else (composed.config["T"], 2, 2)
    y = torch.zeros(2, dtype=torch.int64, device="cuda")
    return trainer, torch.zeros(*shape, *dataset.size, device="cuda"), y


@pytest.fixture(autouse=True)
def full_size():
    with device.nothing_computed():
        yield
    torch.use_deterministic_algorithms(False)
    torch.cuda.empty_cache()


@pytest.mark.parametrize("numbers", NUMBERS)
@pytest.mark.parametrize(
    "exp", [pytest.param(exp, marks=[] if exp in COVERING else pytest.mark.slow) for exp in options("exp")]
)
def test_is_captured_and_waits_for_nothing(exp, numbers):
    trainer, x, y = prepare(exp, "trainer.cuda_graph=true", *NUMBERS[numbers])
    waits = []
    for step in range(6):
        before = device.counted("waits")
        trainer.step(x, y, step)
        waits.append(device.counted("waits") - before)
    del waits[3]  # the capture's own
    assert waits == [0] * 5
    clips = x if x.dim() == 4 else x.repeat(1, 3, 1, 1, 1)
    assert measure(trainer.objective, Two(clips, y), trainer.team, 0.0)["layers"]


def launches(trainer: Trainer, x: torch.Tensor, y: torch.Tensor) -> int:
    """How many kernels, copies and fills a step asks the device for; of a product's or a convolution's the least."""
    for step in range(2):
        trainer.step(x, y, step)
    device.launched.clear()
    before = device.counted("launches") + device.counted("copies")
    trainer.step(x, y, 2)
    own = device.counted("launches") + device.counted("copies") - before
    libraries = sum(count * device.launched[name] for name, count in CONVOLUTIONS.items())
    return own + libraries + sum(n for name, n in device.launched.items() if name.startswith("triton:"))


@pytest.mark.parametrize("deterministic", ["false", "true"])
@pytest.mark.parametrize(("backbone", "width", "bound"), [("resnet19", 128, 297), ("resnet20", 64, 337)])
def test_launches_of_a_step_are_bounded(backbone, width, bound, deterministic):
    network = [f"backbone={backbone}", f"backbone.width={width}", f"trainer.deterministic={deterministic}"]
    options = [*network, "trainer.amp=true", "trainer.cuda_graph=false"]
    found = launches(*prepare("rmp_vanilla_cifar10", *options))
    assert found <= bound
