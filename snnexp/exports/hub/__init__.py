"""A folder ready for a model hub: weights, config, result and card, which `snnexp eval` takes for a run."""

import copy
from pathlib import Path
from typing import Any

from snnexp.config.overrides import overridden
from snnexp.errors import UserError
from snnexp.exports.hub.card import card
from snnexp.files import atomic
from snnexp.runs import checkpoint, results
from snnexp.runs import run as runs
from snnexp.training.trained import Trained

FILES = ("README.md", "config.yaml", "model.safetensors", "result.json")
PLACES = ("runs_dir", "dataset.root")  # of the machine that trained: nobody else's


def write(run: Trained, folder: Path) -> list[Path]:
    """Write the folder; an earlier export there is replaced.

    Raises:
        UserError: the folder holds files that are no export's.
    """
    for path in folder.iterdir():
        if path.name not in FILES and not path.name.startswith("."):  # a clone of the hub's has .git
            raise UserError(f"--out {folder}: holds {path.name}, which is no export's; name an empty folder")
    config: dict[str, Any] = copy.deepcopy(run.config) | {"runs_dir": "runs"}
    if "root" in config["dataset"]:
        config["dataset"]["root"] = None
    overrides = [word for word in run.result["overrides"] if overridden(word) not in PLACES]
    result = run.result | {"config": config, "overrides": overrides}
    runs.write_config(folder, config, overrides)
    trained_on = checkpoint.read_weights(run.folder / checkpoint.WEIGHTS).trained_on
    checkpoint.save_weights(folder / checkpoint.WEIGHTS, run.network.state_dict(), trained_on)
    results.write_result(folder, result | runs.seal(folder))
    atomic.write(folder / "README.md", card(result, run.example).encode())
    return [folder / name for name in FILES]
