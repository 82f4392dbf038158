"""Which run a command stands for: all that decides its numbers, in words and as the ten digits of its folder's name."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from snnexp.config.compose import Composed
from snnexp.config.settings import distinguishing
from snnexp.files import reading
from snnexp.files.digests import of_json
from snnexp.runs import beginning
from snnexp.runs.own_code import digests

IDENTITY = "identity.json"  # the record's file in a run's folder
NUMERICS = 5  # raised when a change of the code alters what a config results in
# Keys that are no part of what is computed, or count in another way.
ELSEWHERE = ("seed", "runs_dir", "plan", "logger", "launch", "device", "threads", "init_from")


@dataclass(frozen=True)
class Identity:
    """All that decides a run's numbers, its seed apart, as it is written down; and the folder of the run."""

    record: Mapping[str, Any]
    seed: int
    folder: Path

    @property
    def id(self) -> str:
        """Ten hexadecimal digits that stand for the record."""
        return digest(self.record)


def identify(composed: Composed, data: Mapping[str, Any]) -> Identity:
    """Return the identity of the run that a config makes of data with this fingerprint, by today's code.

    Threads count on a CPU alone, where sums depend on them; the place of data where their files say nothing.
    """
    config, launch = composed.config, composed.config["launch"]
    device = config["device"].partition(":")[0]
    record = {
        "numerics": NUMERICS,
        "config": key(config),
        "data": dict(data) or {"root": config["dataset"].get("root")},
        "modules": digests(config, composed.allow_modules),
        "device": device,
        "threads": config["threads"] if device == "cpu" else None,
        "processes": launch["nproc"],
        "sync_batch_norm": launch["sync_batch_norm"] and launch["nproc"] > 1,
    }
    if config.get("init_from"):
        record["init_from"] = beginning.digest(config["init_from"], config["runs_dir"])
    name = f"{digest(record)}-s{config['seed']}"
    return Identity(record, config["seed"], Path(config["runs_dir"]) / composed.exp / name)


def key(config: Mapping[str, Any]) -> str:
    """Return ten digits of the config's part: what runs share on any machine, on any data of the set."""
    counted = {name: value for name, value in distinguishing(config).items() if name not in ELSEWHERE}
    counted["dataset"] = {name: value for name, value in counted["dataset"].items() if name not in ("root", "workers")}
    return digest([[name, canonical(counted[name])] for name in sorted(counted)])


def canonical(value: Any) -> Any:
    """Return a group's plain keys sorted, then its parts as they stand: they act in that order."""
    if not isinstance(value, Mapping):
        return value
    parts = [[key, canonical(each)] for key, each in value.items() if isinstance(each, Mapping)]
    return [sorted([key, each] for key, each in value.items() if not isinstance(each, Mapping)), parts]


def digest(content: Any) -> str:
    """Return ten hexadecimal digits of the SHA-256 of plain values."""
    return of_json(content)[:10]


def recorded(folder: Path) -> dict[str, Any] | None:
    """Return the record in a run's folder; None where there is none, or the folder is not named by it."""
    try:
        record = reading.parse(reading.read(folder, IDENTITY))
    except (FileNotFoundError, ValueError):
        return None
    return record if digest(record) == folder.name.partition("-")[0] else None


def distinctions(own: Mapping[str, Any], other: Mapping[str, Any] | None) -> list[str]:
    """Return what another run of the same config has that one's own has not, in words."""
    if other is None:
        return ["data and threads not recorded"]
    differ = {name for name in {**own, **other} if own.get(name) != other.get(name)}
    batch_norm = " with sync_batch_norm" if other["sync_batch_norm"] else ""
    if differ & {"processes", "sync_batch_norm"}:
        differ.add("device")
    words = {
        "numerics": "other numerics",
        "data": f"other data, {amount(other['data'])}",
        "modules": f"other code of {', '.join(sorted({**own['modules'], **other['modules']}))}",
        "device": f"{other['processes']} x {other['device']}{batch_norm}",
        "threads": f"threads={other['threads']}",
        "init_from": "begun from other weights",
    }
    return [text for name, text in words.items() if name in differ and (name == "init_from" or other[name] is not None)]


def amount(data: Mapping[str, Any]) -> str:
    """Return a fingerprint in words: how many files of how many bytes, or where the data lie."""
    splits = [each for each in data.values() if isinstance(each, Mapping)]
    if not splits:
        return f"{data.get('root')}"
    return f"{sum(each['files'] for each in splits):,} files of {sum(each['bytes'] for each in splits):,} bytes"
