"""Each Python process with this folder on its path sees the simulated device; its teams meet by gloo."""

import plugin  # noqa: F401 - installs the device
import torch.distributed as dist

meet = dist.init_process_group


def by_gloo(backend: str, *where: str, device_id: object = None, **place: int) -> None:
    meet("gloo" if backend == "nccl" else backend, *where, **place)


dist.init_process_group = by_gloo
