"""What is trained: the plain scripts, and snnexp with none, all or one of SpikingJelly's choices."""

from collections.abc import Callable, Iterable
from pathlib import Path

import torch
from jaxtyping import Float
from networks import SCRIPTS
from safetensors.torch import save_file
from torch import Tensor, nn
from torch.nn.functional import cross_entropy, pad

from snnexp import compose, train
from snnexp.datasets.base import read_digits
from snnexp.metrics.base.items import encode
from snnexp.runs.versions import commit

EPOCHS, BATCH = 15, 64
ADAM, ATAN, INIT = "optimizer=adam", "surrogate=atan", "init_from={}"
LIF = "decay=0.5", "decay_input=true", "v_threshold=1.0", "strict=false", "detach_reset=true"  # SpikingJelly's, tau 2
TAU2 = tuple(f"neuron.{each}" for each in LIF)
SNNEXP = {
    "snnexp": (),
    "snnexp, SpikingJelly's choices": (ADAM, ATAN, INIT, *TAU2),
    "snnexp, Adam": (ADAM,),
    "snnexp, PyTorch's initialisation": (INIT,),
    "snnexp, arc tangent": (ATAN,),
    "snnexp, neuron of tau 2": TAU2,
    "snnexp, constant learning rate": ("schedule=constant",),
    "snnexp, no augmentation": ("augment=none",),
}


def trained(name: str, seed: int) -> dict[str, object]:
    """Train a condition with a seed and return its row."""
    return by_script(SCRIPTS[name], seed) if name in SCRIPTS else by_snnexp(SNNEXP[name], seed)


def by_script(make: Callable[[], nn.Module], seed: int, epochs: int = EPOCHS) -> dict[str, object]:
    """Train as a plain script does: Adam at 1e-3, cosine an epoch, images shifted by up to a pixel; test the last."""
    torch.manual_seed(seed)
    network = make()
    optimizer = torch.optim.Adam(network.parameters(), lr=1e-3)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, epochs)
    (x, y), (x_test, y_test) = ((normalized(split.x), split.y) for split in read_digits())
    for _ in range(epochs):
        for chosen in torch.randperm(len(x)).split(BATCH):
            optimizer.zero_grad()
            cross_entropy(network(shifted(x[chosen])), y[chosen]).backward()
            optimizer.step()
        schedule.step()
    network.eval()
    with torch.no_grad():
        right = network(x_test).argmax(1) == y_test
    return outcome(right.double().mean().item(), parameters(network), encode(right.numpy()))


def normalized(x: Tensor) -> Float[Tensor, "N C H W"]:
    """Bytes as the config of digits normalizes them."""
    return (x / 255 - 0.3054) / 0.3760


def shifted(x: Float[Tensor, "N C H W"]) -> Float[Tensor, "N C H W"]:
    """Each image moved by -1, 0 or 1 pixels either way; what comes in is black."""
    windows = pad(x, [1] * 4, value=-0.3054 / 0.3760).unfold(2, 8, 1).unfold(3, 8, 1)
    top, left = torch.randint(3, (2, len(x)))
    return windows[torch.arange(len(x)), :, top, left]


def by_snnexp(words: Iterable[str], seed: int, runs_dir: str = "runs/digits_lead") -> dict[str, object]:
    """Train as `snnexp train` does."""
    begin = Path(runs_dir) / f"pytorch-s{seed}.safetensors"
    draw(begin, seed)
    fixed = (f"seed={seed}", f"runs_dir={runs_dir}", "device=cpu", "threads=1", "logger=[]")
    run = train(*(word.format(begin) for word in words), *fixed)
    found = run.result
    return outcome(found["test_accuracy"], found["parameters"], found["classification"]["right"])


def draw(path: Path, seed: int) -> None:
    """Write weights of snnexp's network as PyTorch draws convolutions and linear layers by itself."""
    network = compose(f"seed={seed}", "device=cpu").network()
    torch.manual_seed(seed)
    for module in network.modules():
        if isinstance(module, nn.Conv2d):
            nn.Conv2d.reset_parameters(module)
        elif isinstance(module, nn.Linear):
            nn.Linear.reset_parameters(module)
    path.parent.mkdir(parents=True, exist_ok=True)
    save_file(network.state_dict(), path)


def parameters(network: nn.Module) -> int:
    """Count what is trained."""
    return sum(each.numel() for each in network.parameters())


def outcome(accuracy: float, count: int, right: str) -> dict[str, object]:
    """Return a row's figures; which test items were right as `items` writes it."""
    return {"accuracy": 100 * accuracy, "parameters": count, "right": right, "commit": commit()}
