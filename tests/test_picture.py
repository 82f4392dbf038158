"""The README's picture is drawn by a script from a run's folder."""

import json
import subprocess
import sys
from pathlib import Path

from snnexp import results

SCRIPT = Path(__file__).parents[1] / "scripts/picture"


def test_draws_a_run(tmp_path: Path):
    rows = [{"epoch": e, "train_accuracy": 0.5 + 0.1 * e, "test_accuracy": 0.6 + 0.1 * e} for e in range(3)]
    layers = [{"name": f"layer{i}", "firing_rate": 0.1 * i, "quantization_error": 0.01 * i} for i in range(1, 5)]
    (tmp_path / "metrics.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    results.write_result(tmp_path, {"layers": layers})
    out = tmp_path / "out.png"
    subprocess.run([sys.executable, "-W", "error", SCRIPT, tmp_path, out], check=True)
    assert out.read_bytes().startswith(b"\x89PNG")
