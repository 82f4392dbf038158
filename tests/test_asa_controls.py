"""The controls of ASA that train nothing, as docs/evidence.md tells them."""

import runpy
from pathlib import Path

DEFINED = runpy.run_path(str(Path(__file__).parents[1] / "scripts/asa_controls"))


def row(control: str, seed: int, accuracy: float) -> dict[str, str]:
    return {"control": control, "seed": str(seed), "folds": "3", "accuracy": str(accuracy), "firing_rate": "0.25"}


def test_other_maps_are_compared_with_own_by_pairs():
    own = [row("ASA, maps: own", seed, 80.0 + seed) for seed in (1, 2, 3)]
    other = [row("ASA, maps: other", seed, 80.0 + seed - loss) for seed, loss in ((1, 1), (2, 2), (3, 1))]
    text = DEFINED["section"]([*own, *other])
    assert "| ASA, maps: own | 3 | 82.00 [" in text and "| 0.2500 [0.2500, 0.2500] |" in text
    # losses 1, 2, 1: mean 4/3, error sqrt(1/3 (1/3 + 1/2)) = 0.527, t of two degrees of freedom 4.303
    assert "Maps of another class against own: -1.33 [-3.60, +0.93], p = 0.127 by Holm; a true difference of " in text
    mean = [row("ASA, maps: mean", seed, 80.0 + seed - loss) for seed, loss in ((1, 1), (2, 2), (3, 1))]
    assert DEFINED["section"]([*own, *other, *mean]).count("p = 0.254 by Holm; ") == 2  # twice 0.1268
