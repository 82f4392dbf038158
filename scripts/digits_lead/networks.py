"""One network as plain scripts have it: three convolutions with batch norm and LIF, logits averaged over T."""

from collections.abc import Callable

import torch
from jaxtyping import Float
from torch import Tensor, nn

T = 4


def spikingjelly() -> nn.Module:
    """Build the network as SpikingJelly's tutorials do: multi-step layers, LIF of tau 2, arc tangent."""
    from spikingjelly.activation_based import functional, layer, neuron, surrogate

    def lif() -> nn.Module:
        return neuron.LIFNode(tau=2.0, surrogate_function=surrogate.ATan(), detach_reset=True)

    network = nn.Sequential(
        *(layer.Conv2d(1, 32, 3, padding=1, bias=False), layer.BatchNorm2d(32), lif()),
        *(layer.Conv2d(32, 64, 3, padding=1, bias=False), layer.BatchNorm2d(64), lif()),
        *(layer.Conv2d(64, 128, 3, padding=1, bias=False), layer.BatchNorm2d(128), layer.AvgPool2d(2), lif()),
        *(layer.Flatten(), layer.Linear(128 * 4 * 4, 10)),
    )
    functional.set_step_mode(network, "m")
    return SpikingJelly(network, functional.reset_net)


class SpikingJelly(nn.Module):
    """Gives the network all time steps at once and resets it behind."""

    def __init__(self, network: nn.Module, reset: Callable[[nn.Module], None]) -> None:
        super().__init__()
        self.network, self.reset = network, reset

    def forward(self, x: Float[Tensor, "N C H W"]) -> Float[Tensor, "N K"]:
        logits = self.network(x.expand(T, *x.shape)).mean(0)
        self.reset(self.network)
        return logits


class SnnTorch(nn.Module):
    """The network as snnTorch's tutorial 6 builds one: a loop over T, Leaky of beta 0.5, fast sigmoid of slope 25."""

    def __init__(self) -> None:
        from snntorch import Leaky, surrogate

        super().__init__()
        self.convs = nn.ModuleList(
            nn.Conv2d(given, made, 3, padding=1, bias=False) for given, made in ((1, 32), (32, 64), (64, 128))
        )
        self.norms = nn.ModuleList(nn.BatchNorm2d(width) for width in (32, 64, 128))
        self.pools = nn.ModuleList([nn.Identity(), nn.Identity(), nn.AvgPool2d(2)])
        self.neurons = nn.ModuleList(Leaky(beta=0.5, spike_grad=surrogate.fast_sigmoid(slope=25)) for _ in range(3))
        self.head = nn.Linear(128 * 4 * 4, 10)

    def forward(self, x: Float[Tensor, "N C H W"]) -> Float[Tensor, "N K"]:
        potentials = [neuron.reset_mem() for neuron in self.neurons]  # pyright: ignore[reportCallIssue]
        logits = []
        for _ in range(T):
            spikes = x
            for i, (conv, norm, pool, neuron) in enumerate(
                zip(self.convs, self.norms, self.pools, self.neurons, strict=True)
            ):
                spikes, potentials[i] = neuron(pool(norm(conv(spikes))), potentials[i])
            logits.append(self.head(spikes.flatten(1)))
        return torch.stack(logits).mean(0)


SCRIPTS: dict[str, Callable[[], nn.Module]] = {"SpikingJelly": spikingjelly, "snnTorch": SnnTorch}
