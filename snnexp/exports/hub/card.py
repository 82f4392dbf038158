"""The card of a model: what it is, what was measured, what it was made with, how it is loaded."""

import shlex
from collections.abc import Mapping, Sequence
from typing import Any

import yaml
from jaxtyping import Float
from torch import Tensor

from snnexp.files.tabular import to_markdown
from snnexp.metrics.figures import columns
from snnexp.runs import results

CARD = """\
---
{front}---

# {name}

A spiking neural network for {data}: `{backbone}` with `{neuron}` neurons over T = {T} steps, trained with {method}.

## Measured

{figures}

One run: it does not show what other seeds give. Test set, last epoch; firing rate in spikes per neuron and step,
quantization error as the mean of (v_pre - s)².

{layers}

## Made with

{versions}

```bash
{command}
```

## Use

In this folder, with snnexp installed; `eval` needs the data, and gives the accuracy above.

```bash
snnexp eval .
```

```python
import torch
from snnexp import load

network = load(".").network
x = torch.zeros({shape})  # {inputs}
with torch.no_grad():
    logits = network(x)
```
"""


def card(result: Mapping[str, Any], example: Float[Tensor, "*T N C H W"]) -> str:
    """Return the card of a finished run; its front matter is what hubs read, Hugging Face's `model-index`."""
    config = result["config"]
    return CARD.format(
        front=yaml.safe_dump(front_matter(result), sort_keys=False),
        name=name(result),
        data=chosen(config["dataset"]),
        backbone=chosen(config["backbone"]),
        neuron=chosen(config["neuron"]),
        T=config["T"],
        method=" and ".join(f"`{each}`" for each in config["regularizer"]) or "no regularizer",
        figures=to_markdown(["figure", "value"], figures(result).items()),
        layers=to_markdown(["layer", "neurons", "firing rate", "quantization error"], map(layer, result["layers"])),
        versions=to_markdown(["what", "version"], versions(result).items()),
        command=shlex.join(["snnexp", "train", *result["overrides"]]),
        shape=", ".join(map(str, example.shape)),
        inputs=inputs(config["dataset"]),
    )


def front_matter(result: Mapping[str, Any]) -> dict[str, Any]:
    """Return the figures for a program."""
    data = chosen(result["config"]["dataset"])
    judged = [figure for figure in columns() if figure.judged and figure.value(result) is not None]
    measured = {
        "task": {"type": "image-classification"},
        "dataset": {"type": data, "name": data, "split": "test"},
        "metrics": [{"type": figure.column, "value": figure.value(result)} for figure in judged],
    }
    tags = ["spiking-neural-network", "snnexp"]
    return {"library_name": "snnexp", "tags": tags, "model-index": [{"name": name(result), "results": [measured]}]}


def name(result: Mapping[str, Any]) -> str:
    """Return the model's name: the run's."""
    return f"{result['exp']}-{result['id']}-s{result['seed']}"


def chosen(node: Mapping[str, Any]) -> str:
    """Return the name of the part that a group holds, which is its module's."""
    return node["_target_"].split(".")[-2]


def figures(result: Mapping[str, Any]) -> dict[str, str]:
    """Return what was measured, in words."""
    epochs = result.get("epochs", result["config"]["trainer"]["epochs"])  # fewer where it stopped early
    training = f"{epochs} epochs in {result['seconds']:.0f} s on {result['device']}"
    more = {"parameters": f"{result['parameters']:,}", "seed": str(result["seed"]), "training": training}
    return results.figures(result) | more


def layer(figures: Mapping[str, Any]) -> Sequence[str]:
    """Return a row of the table of layers."""
    rates = (f"{figures[name]:.4f}" for name in ("firing_rate", "quantization_error"))
    return [figures["name"], str(figures["neurons"]), *rates]


def versions(result: Mapping[str, Any]) -> dict[str, str]:
    """Return what the numbers may depend on besides the config."""
    names = ("snnexp", "commit", "torch", "triton", "python", "device", "threads", "time")
    return {name: str(result[name]) for name in names if result[name] is not None}


def inputs(dataset: Mapping[str, Any]) -> str:
    """Return what the network takes."""
    if "mean" in dataset:
        return f"[N, C, H, W], (pixel / 255 - mean) / std with mean {dataset['mean']}, std {dataset['std']}"
    return "[T, N, C, H, W], counts of events, channel 0 OFF and 1 ON"
