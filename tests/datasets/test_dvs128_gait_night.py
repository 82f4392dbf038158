from pathlib import Path

import pytest
from event_files import gait

from snnexp.datasets.base import BrokenData
from snnexp.datasets.dvs128_gait_day import Dvs128GaitDay
from snnexp.datasets.dvs128_gait_night import Dvs128GaitNight


def test_is_the_day_by_night(tmp_path: Path):
    gait(tmp_path, "DVS128-Gait-Night", walkers=20)
    dataset = Dvs128GaitNight(root=str(tmp_path))
    train, test = dataset.load(T=60)
    assert train.y.tolist() == test.y.tolist() == list(range(20))
    assert dataset.describe() == "dvs128_gait_night: 20 training, 20 test recordings"
    with pytest.raises(BrokenData, match="DVS128-Gait-Day"):
        Dvs128GaitDay(root=str(tmp_path)).check()


def test_what_to_place_where_is_told():
    assert "DVS128-Gait-Night/origin/train/0/" in Dvs128GaitNight().manual
