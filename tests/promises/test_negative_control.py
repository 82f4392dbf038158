"""With one time step nothing is left to reset: hard and soft must agree bit for bit in all that is measured."""

from pathlib import Path

import pytest

from snnexp.config.compose import compose
from snnexp.training.run import train

TINY = ("dataset=digits", "augment=shift", "backbone=convnet", "backbone.width=2", "trainer.epochs=1", "device=cpu")
TIMES = ("seconds", "samples_per_second", "peak_memory")
OWN = ("id", "overrides", "config", "identity", "files", "folder", "time", *TIMES)


@pytest.mark.parametrize("exp", ["inflor_vanilla_cifar10", "inflor_mpr_cifar10"])
def test_hard_and_soft_reset_agree_at_one_step_and_differ_at_two(exp: str, tmp_path: Path):
    def measured(steps: int, reset: str) -> dict:
        words = [f"exp={exp}", *TINY, f"T={steps}", f"neuron.reset={reset}", f"runs_dir={tmp_path}"]
        result = train(compose(words))
        return {name: value for name, value in result.items() if name not in OWN}

    hard, soft = measured(1, "hard"), measured(1, "soft")
    assert hard == soft and {"test_accuracy", "test_loss", "firing_rate", "quantization_error"} <= hard.keys()
    assert measured(2, "hard")["test_loss"] != measured(2, "soft")["test_loss"]
