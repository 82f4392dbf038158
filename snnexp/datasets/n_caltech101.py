"""N-Caltech101: Caltech-101's images recorded by an event camera that moves in three saccades."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from snnexp.datasets.base import Archive
from snnexp.datasets.base.forty_bit import forty_bit
from snnexp.datasets.base.slices import Slices, number
from snnexp.errors import UserError

NAMES = """
BACKGROUND_Google Faces_easy Leopards Motorbikes accordion airplanes anchor ant barrel bass beaver binocular bonsai
brain brontosaurus buddha butterfly camera cannon car_side ceiling_fan cellphone chair chandelier cougar_body
cougar_face crab crayfish crocodile crocodile_head cup dalmatian dollar_bill dolphin dragonfly electric_guitar elephant
emu euphonium ewer ferry flamingo flamingo_head garfield gerenuk gramophone grand_piano hawksbill headphone hedgehog
helicopter ibis inline_skate joshua_tree kangaroo ketch lamp laptop llama lobster lotus mandolin mayfly menorah
metronome minaret nautilus octopus okapi pagoda panda pigeon pizza platypus pyramid revolver rhino rooster saxophone
schooner scissors scorpion sea_horse snoopy soccer_ball stapler starfish stegosaurus stop_sign strawberry sunflower
tick trilobite umbrella watch water_lilly wheelchair wild_cat windsor_chair wrench yin_yang
"""
CLASSES = {name: label for label, name in enumerate(NAMES.split())}
TENTH = 10


class NCaltech101(Slices):
    """8,709 recordings of 101 classes (Orchard et al. 2015), `<class>/image_<number>.bin`; Faces is not among them.

    T slices of equal event count, each divided by its largest count, then resized from 180 x 240 pixels to `size` x
    `size`, to the nearest. The publishers give no split: numbers that end in 0 test, the others train. Whatever
    recordings are there are taken. Source of archive and classes: tonic, NCALTECH101.

    Raises:
        UserError: a size out of range.
    """

    num_classes = len(CLASSES)
    called = tuple(CLASSES)
    sensor = (180, 240)
    folders = ("N-Caltech101/Caltech101", "N-Caltech101", "Caltech101")
    contents = tuple(CLASSES)
    archives = (
        Archive(
            name="Caltech101.zip",
            url="https://data.mendeley.com/public-files/datasets/cy6cvx3ryv/files/36b5c52a-b49d-4853-addb-a836a8883e49/file_downloaded",
            md5="66201824eabb0239c7ab992480b50ba3",
            unpacked=5_020_000_000,  # 8,709 recordings of 115,000 events, which the paper has on average
            into="N-Caltech101",
        ),
    )

    def files(self, train: bool) -> list[Path]:
        return [path for path in self.listed("*/*.bin") if (number(path) % TENTH > 0) == train]

    def decode(self, path: Path) -> Iterator[tuple[np.ndarray, int]]:
        if path.parent.name not in CLASSES:
            remedy = "its folder must be one of the set's classes; move it there or remove it"
            raise UserError(f"dataset n_caltech101: {path}: {remedy}")
        yield self.open_events(path), CLASSES[path.parent.name]

    def open_events(self, path: Path) -> np.ndarray:
        return self.ordered(forty_bit(path, self.sensor))
