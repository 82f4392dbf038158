"""Leaky integrate-and-fire neuron with a constant leak."""

from snnexp.neurons.base import SpikingLayer


class Lif(SpikingLayer):
    """v_pre = decay v + b x with one fixed `decay` for the layer."""

    def leak(self) -> float:
        return self.decay
