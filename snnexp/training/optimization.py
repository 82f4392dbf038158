"""Builds the optimizer and what sets its learning rates, and refuses those that would fail while training."""

from inspect import isclass

import torch
from torch import nn
from torch.optim.lr_scheduler import ReduceLROnPlateau

from snnexp.config.compose import Composed, build
from snnexp.config.targets import own_keys, resolve
from snnexp.errors import UserError
from snnexp.schedules.base import Following, Schedule
from snnexp.training.rates import Followed, Lowered, Rates, Timed
from snnexp.training.rehearsal import parameters, rehearse


def make_optimizer(composed: Composed, network: nn.Module) -> torch.optim.Optimizer:
    """Make the optimizer; weight decay acts on all (`weight_decay_on: all`), or on convolutions and linear layers."""
    config = composed.config["optimizer"]
    node = own_keys("optimizer", config)
    parameters = [p for p in network.parameters() if p.requires_grad]
    if config["weight_decay_on"] == "all":
        return build(node, parameters, allow_modules=composed.allow_modules)
    weighted = {id(module.weight) for module in network.modules() if isinstance(module, nn.Conv2d | nn.Linear)}
    weights = [p for p in parameters if id(p) in weighted]
    others = [p for p in parameters if id(p) not in weighted]
    groups = [{"params": weights}, {"params": others, "weight_decay": 0.0}]
    return build(node, groups, allow_modules=composed.allow_modules)


def make_rates(composed: Composed, optimizer: torch.optim.Optimizer) -> Rates:
    """Return the schedule, torch's or ours, at the pace that the config requests.

    Raises:
        UserError: it moves with the figures of validation, and there is none.
    """
    config = composed.config["schedule"]
    node, pace = own_keys("schedule", config), config["by"]
    kind = resolve(node["_target_"], composed.allow_modules)
    if isclass(kind) and issubclass(kind, Schedule):
        schedule = build(node, allow_modules=composed.allow_modules)
        return Followed(Following(optimizer, schedule, composed.config["trainer"]["epochs"]), pace)
    scheduler = build(node, optimizer=optimizer, allow_modules=composed.allow_modules)
    if not isinstance(scheduler, ReduceLROnPlateau):
        return Timed(scheduler, pace)
    if not composed.config["dataset"]["validation"]:
        remedy = "give dataset.validation=0.1, or choose another schedule"
        raise UserError(f"schedule._target_={node['_target_']}: moves with figures of a validation split; {remedy}")
    if pace != "epoch":
        raise UserError(f"schedule.by={pace}: this schedule moves with the figures of an epoch; give schedule.by=epoch")
    return Lowered(scheduler)


def check_steps(composed: Composed, device: torch.device) -> None:
    """Refuse an optimizer or a schedule of which a step fails that training would come to.

    A schedule that moves with each step takes as many as there are epochs: how many an epoch has is known when
    the data are read.
    """
    config, few = composed.config, parameters(device)
    optimizer = make_optimizer(composed, few)
    rates = make_rates(composed, optimizer)

    def epoch() -> None:
        rates.after_step(0.0, ends_epoch=True)
        rates.after_epoch({"validation_loss": 0.0, "validation_accuracy": 0.0})

    rehearse("optimizer", config["optimizer"]["_target_"], optimizer.step)
    rehearse("schedule", config["schedule"]["_target_"], epoch, config["trainer"]["epochs"])
