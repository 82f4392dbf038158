"""What a penalty is given of layers whose tensors a test makes up."""

import torch

from snnexp.neurons.base import Record, Site
from snnexp.regularizers.base import Outputs


def outputs(*layers: dict[str, torch.Tensor], roles: tuple[str, ...] = ("inner",)) -> Outputs:
    """One record of each mapping of tensors; `roles` are given out in turn."""
    records = []
    for index, tensors in enumerate(layers):
        role = roles[index % len(roles)]
        site, none = Site(f"{role}{index}", index, 3, 2, role), torch.tensor(0.0)
        records.append(Record(site, none, none, None, neurons=1, **tensors))
    return Outputs(torch.zeros(1, 2), torch.zeros(1, dtype=torch.int64), records, torch.tensor(0.0))
