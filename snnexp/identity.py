"""Which run a config stands for: its identity, and its folder's name."""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

NUMERICS = 2  # raised when a change of the code alters what a config results in


def run_folder(config: Mapping[str, Any], exp: str) -> Path:
    """`<runs_dir>/<exp>/<id>-s<seed>`, where the run of a config lies."""
    return Path(config["runs_dir"]) / exp / f"{identity(config)}-s{config['seed']}"


def identity(config: Mapping[str, Any]) -> str:
    """Ten hexadecimal digits of the SHA-256 of all that decides the numbers, the seed apart."""
    counted = {key: value for key, value in config.items() if key not in ("seed", "runs_dir", "launch")}
    launch = config["launch"]
    team: Any = 1 if launch["nproc"] == 1 else [launch["nproc"], launch["sync_batch_norm"]]
    counted["device"] = config["device"].partition(":")[0]
    if counted["device"] != "cpu":
        counted.pop("threads", None)  # on a GPU no sum depends on them
    counted["dataset"] = {key: value for key, value in config["dataset"].items() if key not in ("root", "workers")}
    content = [NUMERICS, team, [[key, canonical(counted[key])] for key in sorted(counted)]]
    return hashlib.sha256(json.dumps(content, allow_nan=False).encode()).hexdigest()[:10]


def canonical(value: Any) -> Any:
    """A group's plain keys sorted, then its parts as they stand: they act in that order."""
    if not isinstance(value, Mapping):
        return value
    parts = [[key, canonical(each)] for key, each in value.items() if isinstance(each, Mapping)]
    return [sorted([key, each] for key, each in value.items() if not isinstance(each, Mapping)), parts]
