import pytest
import torch

from snnexp.devices import check_devices
from snnexp.errors import UserError


def test_each_process_has_a_device_of_its_own():
    check_devices("cpu", 16)
    more = torch.cuda.device_count() + 1
    for device, nproc in (("cuda", more), ("cuda:0", 2)):
        with pytest.raises(
            UserError, match=rf"^launch.nproc={nproc}: .*device={device} stands for \d+; use device=cuda"
        ):
            check_devices(device, nproc)
