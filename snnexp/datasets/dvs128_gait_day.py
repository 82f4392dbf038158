"""DVS128 Gait-day: 20 walkers before an event camera by day."""

from snnexp.datasets.base.gait import Gait
from snnexp.datasets.base.order import Unordered


class Dvs128GaitDay(Gait):
    """The recordings by day.

    Raises:
        UserError: a constant out of range.
    """

    folders = ("DVS128-Gait-Day",)

    def __init__(
        self,
        *,
        root: str | None = None,
        dt: float = 15.0,
        ds: int = 4,
        clips: int = 10,
        unordered: Unordered = "sort",
    ) -> None:
        super().__init__(root, dt, ds, clips, unordered)
