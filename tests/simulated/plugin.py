"""`pytest -p plugin`: the tests of this process see the simulated device; where COMPUTES=0, which computes nothing."""

import os

os.environ["TRITON_INTERPRET"] = "1"  # read when Triton is imported

import device
import torch

torch.set_num_threads(1)
device.is_computing = os.environ.get("COMPUTES") != "0"
device.install()
