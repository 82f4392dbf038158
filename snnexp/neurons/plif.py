"""Parametric LIF neuron: one leak a layer, learned."""

import math

import torch
from torch import Tensor, nn

from snnexp.errors import UserError
from snnexp.neurons.base import Site
from snnexp.neurons.lif import Lif
