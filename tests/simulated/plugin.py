"""`pytest -p plugin`: the tests of this process see the simulated device; where COMPUTES=0, which computes nothing."""

import os
import sys
from pathlib import Path

os.environ["TRITON_INTERPRET"] = "1"  # read when Triton is imported
sys.path.append(str(Path(__file__).parents[1] / "shared"))

import device
import interpreter
import torch

torch.set_num_threads(1)
interpreter.patch_once()
device.is_computing = os.environ.get("COMPUTES") != "0"
device.install()
