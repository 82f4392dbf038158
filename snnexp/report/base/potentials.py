"""Histograms of a run's potentials as they are stored in its folder, since measuring takes the network and the data."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from snnexp.files import atomic, reading
from snnexp.files.digests import of_json
from snnexp.metrics.histogram import Histogram
from snnexp.runs.results import Result

KEPT = Path("figures/potentials.json")
MOST = 8  # groups whose potentials are measured and drawn: as many as one panel can show


def read_potentials(folder: Path, result: Result) -> dict[str, Histogram]:
    """The histograms of each layer; none where they were not measured, were changed, or are another run's."""
    try:
        content = reading.parse(reading.read(folder, KEPT))
        layers = {name: Histogram(**layer) for name, layer in content["layers"].items()}
    except (FileNotFoundError, ValueError, KeyError, TypeError, AttributeError):
        return {}
    return layers if content == sealed(result, content["layers"]) else {}


def keep_potentials(folder: Path, result: Result, layers: Mapping[str, Histogram]) -> None:
    """Keep them beside the run's pictures.

    Raises:
        OSError: the folder takes no files.
        RunError: the disk is full.
    """
    content = sealed(result, {name: histogram._asdict() for name, histogram in layers.items()})
    atomic.subfolder(folder, KEPT.parent.name)
    atomic.write(folder / KEPT, (json.dumps(content) + "\n").encode())


def sealed(result: Result, layers: Mapping[str, Any]) -> dict[str, Any]:
    """Histograms with the checksums of the result that they belong to, and of their own."""
    return {"result": of_json(result), "layers": layers, "sha256": of_json(layers)}
