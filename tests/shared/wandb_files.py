"""Reads what W&B's offline mode has written: records in blocks, as LevelDB's logs are."""

import json
import struct
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from wandb.proto.wandb_internal_pb2 import Record, RunRecord

BLOCK, HEADER = 2**15, 7  # bytes; each piece has a checksum, its length and its kind before it, the file as many
LAST = (1, 4)  # the kinds of a piece that ends a record
PATIENCE = 60  # seconds
OWN = {"_runtime", "_timestamp"}  # values that W&B adds


def records(path: Path) -> list[Record]:
    """All records of a run that has ended: W&B's own process may still be writing them, for a moment."""
    end = time.monotonic() + PATIENCE
    while True:
        found = list(written(path))
        if any(record.HasField("exit") for record in found) or time.monotonic() > end:
            return found
        time.sleep(0.05)


def written(path: Path) -> Iterator[Record]:
    """What a file holds now."""
    data, place, whole = path.read_bytes(), HEADER, b""
    while place + HEADER <= len(data):
        if (left := BLOCK - place % BLOCK) < HEADER:
            place += left
            continue
        _, length, kind = struct.unpack_from("<IHB", data, place)
        whole += data[place + HEADER : place + HEADER + length]
        place += HEADER + length
        if kind in LAST:
            record = Record()
            record.ParseFromString(whole)
            whole = b""
            yield record


def history(path: Path) -> list[dict[str, Any]]:
    """The logged steps, each with its values."""
    found = [record.history for record in records(path) if record.HasField("history")]
    rows = [{"/".join(i.nested_key) or i.key: json.loads(i.value_json) for i in each.item} for each in found]
    return [{name: value for name, value in row.items() if name not in OWN} for row in rows]


def summary(path: Path) -> dict[str, Any]:
    """The last value that each name of the summary has."""
    updates = [each for record in records(path) if record.HasField("summary") for each in record.summary.update]
    return {"/".join(each.nested_key) or each.key: json.loads(each.value_json) for each in updates}


def run_of(path: Path) -> RunRecord:
    """What the file says of its run."""
    return next(record.run for record in records(path) if record.HasField("run"))


def exit_code(path: Path) -> int:
    """How its process ended, as it was told."""
    return next(record.exit.exit_code for record in records(path) if record.HasField("exit"))
