"""DVS128 Gait-day: 20 walkers before an event camera by day."""

from snnexp.datasets.base.gait import Gait


class Dvs128GaitDay(Gait):
    """The recordings by day.

    Raises:
        UserError: a constant out of range.
    """

    folders = ("DVS128-Gait-Day",)
