"""One training step: a batch's gradients, a look at whether all is finite, and the optimizer's step."""

from collections.abc import Sequence
from functools import partial
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor, nn

from snnexp.config.settings import TrainerConfig
from snnexp.errors import UserError
from snnexp.losses.base import Targets
from snnexp.machine.team import Team
from snnexp.metrics.tally import Tally
from snnexp.mixings.base import Mixing, mix
from snnexp.randomness import reseed
from snnexp.training.averaging import Average
from snnexp.training.cuda_graph import Graph
from snnexp.training.nonfinite import Watch
from snnexp.training.objective import Objective
from snnexp.training.out_of_memory import TRAINING, fitting, in_parts_that_fit


class Step:
    """Trains on a batch; nothing in it waits for a GPU. Results are in `tally` and `watch`.

    A step in which the data, a layer's potential, the loss or a gradient is not finite changes no weight, nor, with
    `nan_policy: skip`, any other trace of it.

    Raises:
        UserError: a CUDA graph is requested where none can be.
    """

    def __init__(
        self,
        objective: Objective,
        optimizer: torch.optim.Optimizer,
        config: TrainerConfig,
        team: Team,
        seed: int,
        mixings: Sequence[Mixing] = (),
        average: Average | None = None,
    ) -> None:
        self.objective, self.optimizer, self.config, self.team, self.seed = objective, optimizer, config, team, seed
        self.mixings, self.average = mixings, average
        self.network: nn.Module = objective.network
        self.accumulate = config.accumulate
        self.tally = Tally(objective.device)
        self.watch = Watch(objective.device, goes_on=config.nan_policy == "skip")
        self.is_fused = all(group.get("fused") for group in optimizer.param_groups)
        make_momentum(optimizer)
        self.graph: Graph | None = None
        self.prepare()
        if config.cuda_graph is True and self.graph is None:
            what = "needs a CUDA device, optimizer.fused=true, one process and whole batches"
            raise UserError(f"trainer.cuda_graph=true: {what}; choose auto")

    def prepare(self) -> None:
        """Put learning rates on a GPU and begin a graph there, where steps are of whole batches."""
        if self.objective.device.type != "cuda" or not self.is_fused:
            return
        keep_rates_on(self.objective.device, self.optimizer)
        whole = self.accumulate == 1 and not self.config.auto_accumulate and self.team.size == 1
        if self.config.cuda_graph and whole:
            self.graph = Graph(self.at_once, self.config.cuda_graph is True, self.objective.device)

    def __call__(self, x: Float[Tensor, "..."], y: Targets, step: int) -> None:
        """Take one step on a batch, mixed first; `step` seeds what is drawn in it."""
        if self.mixings:
            x, y = mix(self.mixings, x, y, self.seed, step, self.team.rank)
        if self.graph is None:
            self.in_parts(x, y, step)
        else:
            reseed(self.objective.device, self.seed, "step", step, 0)
            with fitting(self.network, f"a batch of {len(y)}", f"{TRAINING}, trainer.cuda_graph=false"):
                self.graph(x, y)

    def at_once(self, x: Float[Tensor, "..."], y: Targets) -> None:
        """Take a step that can be captured: on the whole batch, seeded before."""
        before = [b.clone() for b in self.network.buffers()] if self.watch.goes_on else []
        self.optimizer.zero_grad(set_to_none=True)
        self.apply(*self.backward(x, y, 1 / len(y)), before)

    def in_parts(self, x: Float[Tensor, "..."], y: Targets, step: int) -> None:
        """Take a step on a batch in `accumulate` parts, or in as many as fit the memory."""
        doubling = self.config.auto_accumulate
        before = [b.clone() for b in self.network.buffers()] if doubling or self.watch.goes_on else []
        samples = len(y) if self.team.size == 1 else self.team.total(len(y))
        work = partial(self.differentiate, x, y, step, 1 / samples)
        (row, values), self.accumulate = in_parts_that_fit(
            self.network, work, self.accumulate, len(y), before if doubling else None
        )
        self.apply(row, values, before if self.watch.goes_on else [])

    def differentiate(
        self, x: Float[Tensor, "..."], y: Targets, step: int, weight: float | Float[Tensor, ""], parts: int
    ) -> tuple[Float[Tensor, "4"], Float[Tensor, " n"]]:
        """Return the batch's gradients, added up over its parts; returns what `tally` and `watch` take of it."""
        self.optimizer.zero_grad(set_to_none=True)
        found = []
        pieces = zip(x.chunk(parts, x.dim() - 4), y.chunk(parts), strict=True)  # images [N, ...], events [T, N, ...]
        for part, (inputs, targets) in enumerate(pieces):
            reseed(self.objective.device, self.seed, "step", step, self.team.rank * parts + part)
            found.append(self.backward(inputs, targets, weight))
        if len(found) == 1:
            return found[0]  # without a launch
        rows, values = zip(*found, strict=True)
        return torch.stack(rows).sum(0), torch.stack(values).sum(0)

    def backward(
        self, x: Float[Tensor, "..."], y: Targets, weight: float | Float[Tensor, ""]
    ) -> tuple[Float[Tensor, "4"], Float[Tensor, " n"]]:
        """Add a part's gradients, each sample with the same weight."""
        logits, loss, penalty, records = self.objective(x, y)
        (loss * (len(y) * weight)).backward()
        if not self.watch.names:
            layers = [f"the potential of layer {record.site.name}" for record in records]
            gradients = [f"the gradient of {n}" for n, p in self.network.named_parameters() if p.grad is not None]
            self.watch.name(["the data", *layers, "the loss", *gradients])
        loss = loss.detach()
        errors = [record.quantization_error.detach().to(loss.dtype) for record in records]
        values = torch.stack([x.detach().abs().amax().to(loss.dtype), *errors, loss])
        return self.tally.row(logits.detach(), y, loss, penalty), values

    def apply(self, row: Float[Tensor, "4"], values: Float[Tensor, " n"], before: list[Tensor]) -> None:
        """Take the optimizer's step, unless something is not finite; buffers are then as they were `before`."""
        parameters = [p for p in self.network.parameters() if p.grad is not None]
        self.share(row, values, parameters)
        norms = torch.stack(torch._foreach_norm([p.grad for p in parameters]))  # type: ignore[arg-type]
        left_out = self.watch.look(torch.cat([values, norms.to(values.dtype)]))
        self.tally.add(row, left_out)
        for buffer, kept in zip(self.network.buffers(), before, strict=False):
            buffer.copy_(torch.where(left_out, kept, buffer))
        if self.config.grad_clip is not None:
            nn.utils.clip_grads_with_norm_(parameters, self.config.grad_clip, torch.linalg.vector_norm(norms))
        if self.is_fused:
            self.optimizer.found_inf = left_out.float()  # type: ignore[attr-defined] - as torch.amp.GradScaler does
            self.optimizer.step()
        elif not left_out:
            self.optimizer.step()
        if self.average is not None:
            self.average.follow(self.network, left_out)

    def share(self, row: Float[Tensor, "4"], values: Float[Tensor, " n"], parameters: list[nn.Parameter]) -> None:
        """Add up what the team's processes found; running statistics become the mean of theirs."""
        if self.team.size > 1:
            moving = [module for module in self.network.modules() if module.training]  # what is frozen keeps its bits
            buffers = [b for module in moving for b in module.buffers(recurse=False) if b.is_floating_point()]
            for buffer in buffers:
                buffer /= self.team.size
            gradients = [p.grad for p in parameters if p.grad is not None]
            self.team.add_up([row, values, *gradients, *buffers])

    def restore(self, state: dict[str, Any]) -> None:
        """Take up a state of the trainer's; what was captured before knows other tensors."""
        self.prepare()
        self.accumulate = state["accumulate"]
        self.tally.sums.copy_(state["tally"])
        self.watch.count.copy_(state["skipped"])


def make_momentum(optimizer: torch.optim.Optimizer) -> None:
    """Make momentum buffers of 0 for SGD, which would leave them undefined if its first step is left out."""
    if isinstance(optimizer, torch.optim.SGD):
        for group in optimizer.param_groups:
            for p in group["params"] if group["momentum"] else []:
                optimizer.state[p].setdefault("momentum_buffer", torch.zeros_like(p))


def keep_rates_on(device: torch.device, optimizer: torch.optim.Optimizer) -> None:
    """Keep learning rates as tensors, which a schedule fills again, captured or not: all steps round them alike."""
    for group in optimizer.param_groups:
        group["lr"] = torch.tensor(float(group["lr"]), device=device)
        if "capturable" in group:
            group["capturable"] = True
