"""DVS128 Gait-night: 20 walkers before an event camera by night."""

from snnexp.datasets.base.gait import Gait


class Dvs128GaitNight(Gait):
    """The recordings by night.

    Raises:
        UserError: a constant out of range.
    """

    folders = ("DVS128-Gait-Night",)
