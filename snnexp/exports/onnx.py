"""ONNX: the network unrolled over T steps, its neurons in plain operators."""

from pathlib import Path
from typing import Any

import torch
from onnxscript import opset20 as op
from torch.export import Dim

from snnexp.files import atomic
from snnexp.training.trained import Trained


def write(run: Trained, folder: Path) -> list[Path]:
    """Write `model.onnx`: logits [N, K] of images [N, C, H, W] or of event frames [T, N, C, H, W], with any N."""
    name, batch = ("images", 0) if run.dataset.static else ("frames", 1)
    two = torch.cat([run.example, run.example], batch)  # a size of 1 would be taken for a constant
    program = torch.onnx.export(
        run.network,
        (two,),
        input_names=[name],
        output_names=["logits"],
        dynamic_shapes=[{batch: Dim("N")}],
        custom_translation_table={torch.ops.aten.sort.stable: stable_sort},
        dynamo=True,
        verbose=False,
    )
    assert program is not None
    for node in program.model.graph.all_nodes():
        node.metadata_props.clear()  # where in which file of this machine it was computed
    program.model.metadata_props.update({"T": str(run.config["T"]), "run": run.result["id"]})
    path = folder / "model.onnx"
    atomic.write(path, program.model_proto.SerializeToString())
    return [path]


def stable_sort(x: Any, *, stable: bool | None = None, dim: int = -1, descending: bool = False) -> Any:
    """Sort by TopK of all, whose ties go to the lower index; torch's exporter has no stable sort."""
    size: Any = op.Shape(x, start=dim, end=dim + 1 or None)
    return op.TopK(x, size, axis=dim, largest=int(descending), sorted=1)
