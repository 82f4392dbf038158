"""What a network did with one sample, as a raster shows it; read without importing torch."""

from typing import NamedTuple


class Sample(NamedTuple):
    """The class of a sample, the class that it was taken for, and when neurons fired.

    `spikes` holds by layer, of each neuron that is shown, the steps in which it fires, counted from 1 up to `T`.
    """

    label: str
    taken_for: str
    T: int
    spikes: dict[str, list[list[int]]]

    @property
    def title(self) -> str:
        """Both classes in words."""
        return f"{self.label}, taken for {self.taken_for}"
