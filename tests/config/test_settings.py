import pytest

from snnexp.config.compose import compose
from snnexp.config.settings import TrainerConfig
from snnexp.errors import UserError


@pytest.mark.parametrize(
    ("key", "change"),
    [
        ("epochs", {"epochs": 0}),
        ("batch_size", {"batch_size": -1}),
        ("accumulate", {"accumulate": 0}),
        ("accumulate", {"accumulate": 65}),
        ("grad_clip", {"grad_clip": 0.0}),
        ("eval_batch_size", {"eval_batch_size": 0}),
    ],
    ids=str,
)
def test_refuses_settings_out_of_range(key, change):
    settings = compose([]).config["trainer"]
    with pytest.raises(UserError, match=rf"trainer\.{key}="):
        TrainerConfig(**settings | change)
