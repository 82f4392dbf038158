"""What a run's network does with the test set, stored in its folder, since measuring takes the network and the data."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from snnexp.files import atomic, reading
from snnexp.files.digests import of_json
from snnexp.metrics.histogram import Histogram
from snnexp.metrics.sample import Sample
from snnexp.runs.results import Result

KEPT = Path("figures/measured.json")
MOST = 8  # groups that are measured and drawn: as many as one panel can show


@dataclass(frozen=True)
class Findings:
    """Histograms of each layer's potentials, and what was seen of the first test sample."""

    layers: dict[str, Histogram]
    sample: Sample

    def plain(self) -> dict[str, Any]:
        """Return the same as plain values."""
        return {"layers": {name: each._asdict() for name, each in self.layers.items()}, "sample": self.sample._asdict()}


def read_measured(folder: Path, result: Result) -> Findings | None:
    """Read what was measured; None where nothing was, or it was changed, or is another run's."""
    try:
        content = reading.parse(reading.read(folder, KEPT))
        layers = {name: Histogram(**layer) for name, layer in content["layers"].items()}
        found = Findings(layers, Sample(**content["sample"]))
    except (FileNotFoundError, ValueError, KeyError, TypeError, AttributeError):
        return None
    return found if content == sealed(result, found) else None


def keep_measured(folder: Path, result: Result, found: Findings) -> None:
    """Store it beside the run's pictures.

    Raises:
        OSError: the folder takes no files.
        RunError: the disk is full.
    """
    atomic.subfolder(folder, KEPT.parent.name)
    atomic.write(folder / KEPT, (json.dumps(sealed(result, found)) + "\n").encode())


def sealed(result: Result, found: Findings) -> dict[str, Any]:
    """Return what was measured with the checksums of the result that it belongs to, and of its own."""
    content = found.plain()
    return {"result": of_json(result), **content, "sha256": of_json(content)}
