"""Leaky integrate-and-fire neuron with a constant leak."""

from snnexp.neurons.layers import LifLayer


class Lif(LifLayer):
    """v_pre = decay v + b x with one fixed `decay` for the layer."""
