"""What a finished run leaves: `result.json`, and its summary in words; read without importing torch."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from snnexp.errors import UserError, plain
from snnexp.files import atomic, reading
from snnexp.files.digests import of_json
from snnexp.metrics.figures import present

Result = dict[str, Any]
SEAL = b',\n  "sha256": '


def write_result(folder: Path, result: Mapping[str, Any]) -> None:
    """Write `result.json` with the SHA-256 of its bytes."""
    atomic.write(folder / "result.json", sealed(json.dumps(result, indent=2).encode()))


def read_result(folder: Path) -> Result:
    """Return the content of `result.json`.

    Raises:
        UserError: the file is not there, or is not what was written.
    """
    path = folder / "result.json"
    try:
        data = reading.read(folder, "result.json")
    except FileNotFoundError:
        raise UserError(f"{path}: not there; the run has not finished (the same `snnexp train` continues it)") from None
    try:
        result = reading.parse(data)
        stored = result.pop("sha256")
    except (ValueError, KeyError, TypeError, AttributeError):
        data, stored, result = b"", "", {}
    before = "files" not in result and stored == of_json(result)  # before 2026-11-29, when the content alone was sealed
    if not (data == sealed(data[: data.rfind(SEAL)] + b"\n}") or before):
        raise UserError(f"{path}: changed since it was written; remove it, and the same `snnexp train` writes it again")
    return result


def sealed(text: bytes) -> bytes:
    """Return a JSON object with the SHA-256 of its bytes as its last entry."""
    return text.removesuffix(b"\n}") + SEAL + f'"{hashlib.sha256(text).hexdigest()}"\n}}\n'.encode()


def read_config(folder: Path) -> dict[str, Any]:
    """Return the config that a run was started with, as it was stored.

    Raises:
        UserError: no run lies there.
    """
    path = folder / "config.yaml"
    try:
        data = reading.read(folder, path.name)
    except FileNotFoundError:
        reason = "no run there, config.yaml is missing; `snnexp ls runs` lists the runs"
        raise UserError(f"{folder}: {reason}") from None
    try:
        config = reading.parse(data, yaml.safe_load)
    except (yaml.YAMLError, ValueError):
        config = None
    if not isinstance(config, dict):
        raise UserError(f"{path}: not a config; it was changed since it was written")
    return config


def summary(result: Mapping[str, Any]) -> str:
    """Return a result in a few lines: its figures and the run's folder."""
    lines = figures(result) | {"folder": result["folder"]}
    return "\n".join(f"{name:<20}{plain(text)}" for name, text in lines.items())


def figures(result: Mapping[str, Any]) -> dict[str, str]:
    """Write the log's figures of an epoch, and potentials, firing maps, operations, data and warnings."""
    lines = {each.short: each.text(value) + beside(each.key, result) for each, value in present(result) if each.short}
    more = {
        "potentials": potentials(result),
        "firing maps": maps(result.get("layers", [])),
        "operations": operations(result["synaptic_operations"]) if "synaptic_operations" in result else None,
        "data": result.get("data"),
        "warning": "; ".join(result.get("warnings", [])),
    }
    return {name: text for name, text in (lines | more).items() if name and text}


def beside(key: str, result: Mapping[str, Any]) -> str:
    """Return what stands beside a figure in its line: the best accuracy, the clips' other rule, the layers' mean."""
    text = ""
    if key == "test_accuracy" and "best_epoch" in result:
        epoch = f"in epoch {result['best_epoch'] + 1}"
        if (chosen := result.get("chosen_test_accuracy")) is not None:
            text += f" ({100 * chosen:.2f} % {epoch}, best on validation)"
        else:
            text += f" (best {100 * result['best_test_accuracy']:.2f} % {epoch})"
    if key == "test_accuracy" and "test_accuracy_plurality" in result:
        text += f", by plurality {100 * result['test_accuracy_plurality']:.2f} %"
    if key == "firing_rate" and "firing_rate_layer_mean" in result:
        text += f" (mean of the layers {result['firing_rate_layer_mean']:.4f})"
    return text


def potentials(result: Mapping[str, Any]) -> str | None:
    """Write what was measured of potentials and spikes beside the firing rate and the quantization error."""
    words = {"v_pre_std": "std {}", "window_share": "{} within the window", "error_over_variance": "error/variance {}"}
    words |= {"spike_entropy": "entropy of spikes {}"}
    texts = {figure.key: figure.text(value) for figure, value in present(result)}
    return ", ".join(text.format(texts[key]) for key, text in words.items() if key in texts)


def maps(layers: Sequence[Mapping[str, Any]]) -> str | None:
    """Return the fractions of null, noise and normal maps on average over the layers that have maps."""
    kinds = ("null", "noise", "normal")
    mapped = [layer for layer in layers if "null_maps" in layer]
    means = [sum(layer[f"{kind}_maps"] for layer in mapped) / max(1, len(mapped)) for kind in kinds]
    return ", ".join(f"{mean:.3f} {kind}" for mean, kind in zip(means, kinds, strict=True)) if mapped else None


def operations(figures: Mapping[str, Any]) -> str:
    """Write the synaptic operations of one input, and their energy."""
    macs, acs = (figures[name] / 1e6 for name in ("Effective_MACs", "Effective_ACs"))
    energy, process = figures["energy_pj"] / 1e6, figures["energy_constants"]["process"]
    return f"{macs:.3g} M MAC and {acs:.3g} M AC, {energy:.3g} µJ at {process}"
