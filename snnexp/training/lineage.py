"""What weights were trained on, and whether samples that a validation split holds out are among it."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import torch
from jaxtyping import Int64
from torch import Tensor

from snnexp.datasets.base import Dataset
from snnexp.files.digests import of_json
from snnexp.runs.checkpoint import Source

REMEDY = "begin from weights that were trained with the same dataset.validation"


def source(name: str, data: Mapping[str, Any], dataset: Mapping[str, Any]) -> Source:
    """State a training: the set's name, its training split by a run's record of the data, and the config's shares."""
    shares = {key: dataset[key] for key in ("validation", "share")}
    if dataset.get("folds"):  # not in runs of before
        shares["folds"] = dataset["folds"]
    return {"set": name, "training": of_json(data.get("training", data)), **shares}


def seen(begun: Sequence[Source | None], own: Source, dataset: Dataset, labels: Int64[Tensor, " N"]) -> Iterator[str]:
    """Say which of the samples that judge a run its first weights have seen; `labels` are of all training samples.

    What those were trained on before, and so on, is among `begun`.
    """
    of_folds = [each for each in begun if each is not None and each.get("folds")]
    if any(each["set"] == own["set"] for each in of_folds):
        places = "the test set and the validation split" if own["validation"] else "the test set"
        yield f"init_from: its weights were trained on folds, so on samples of {places}, whose figures are too good"
    if not own["validation"]:
        return
    known = [each for each in begun if each is not None and each not in of_folds]
    held = dataset.divide(labels, own["validation"])[1]
    trained = [rows(dataset, labels, each) for each in known if each["training"] == own["training"]]
    count = int(torch.isin(held, torch.cat(trained)).sum()) if trained else 0
    if count:
        text = f"init_from: its weights were trained on {count} of the {len(held)} samples held out for validation"
        yield f"{text}, whose figures are too good; {REMEDY}"
    if None in begun or any(each["set"] == own["set"] and each["training"] != own["training"] for each in known):
        yield "init_from: its weights may have been trained on samples held out for validation; this cannot be checked"


def rows(dataset: Dataset, labels: Int64[Tensor, " N"], training: Source) -> Int64[Tensor, " n"]:
    """Return the rows that a training of the same data was trained on, as `loading.load` takes them."""
    validation, share = training["validation"], training["share"]
    rest = dataset.divide(labels, validation)[0] if validation else torch.arange(len(labels))
    return rest[dataset.reduced(labels[rest], share)] if share < 1 else rest
