import pytest

from snnexp.datasets.digits import Digits


def test_is_normalised_to_zero_mean_and_unit_variance():
    train, _ = Digits().load(T=4)
    x = Digits().normalize(train.x)
    assert x.shape == (1437, 1, 8, 8)
    assert x.mean().item() == pytest.approx(0, abs=1e-3) and x.std().item() == pytest.approx(1, abs=1e-3)


def test_needs_no_files(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("SNNEXP_DATA", raising=False)
    digits = Digits()
    digits.check()
    digits.load(T=4)
    assert digits.describe() == "digits: 1437 training, 360 test images"


def test_the_splits_hash_can_be_printed():
    assert len(Digits.split_hash) == 64
