"""Values for the simulated device: real CUDA tensors on host memory, whose operations the CPU computes.

Each aten operation first runs as CUDA's own: checks, allocations and capture rules are real, kernels do nothing. Its
values are then computed on the CPU over the same memory. While a graph is captured nothing is computed; a replay
computes what was recorded, in order. Triton's kernels run in its interpreter. Printing a CUDA tensor hangs.
"""

import ctypes
from collections import Counter
from collections.abc import Callable
from contextlib import contextmanager
from typing import Any

import torch
from libraries import LIBRARIES, compute, outputs
from torch import Tensor
from torch.cuda import graphs
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves, tree_map
from triton.runtime.interpreter import GridExecutor

# What gives a size or a value that the host must know.
WAITING = {"nonzero", "unique_consecutive", "_unique2", "masked_select", "bincount", "equal", "unique_dim"}
# What touches no element.
SILENT = {"_local_scalar_dense", "empty", "empty_like", "empty_strided", "new_empty", "new_empty_strided", "detach"}
SILENT |= {"record_stream", "set_", "resize_", "is_pinned", "_pin_memory", "_reshape_alias", "as_strided", "view", "t"}
SILENT |= {"alias", "lift_fresh", "_has_compatible_shallow_copy_type"}

runtime = ctypes.CDLL(None)
launched: Counter[str] = Counter()  # calls of operations and of Triton's kernels
recording: list[Callable[[], Any]] = []  # of the graph that is captured
is_computing = True
generators: dict[int, tuple[int, torch.Generator]] = {}


def counted(what: str) -> int:
    """How many `launches`, `copies` or `waits` there were so far."""
    return ctypes.c_long.in_dll(runtime, f"simulated_{what}").value


@contextmanager
def nothing_computed():
    """Within the block values are left as they are: full size in seconds."""
    global is_computing
    is_computing = False
    try:
        yield
    finally:
        is_computing = True


def is_capturing(device: torch.device) -> bool:
    """Whether a graph is captured on the stream of a device that work goes to now."""
    if not runtime.simulated_capturing():
        return False
    with torch.cuda.device(device):
        return torch.cuda.is_current_stream_capturing()


def do(work: Callable[[], Any], device: torch.device) -> None:
    """Compute now, or in each replay of the graph that is captured."""
    if is_computing and is_capturing(device):
        recording.append(work)
    elif is_computing:
        work()


def over_host_memory(tensor: Tensor) -> Tensor:
    """A CPU tensor over the memory of a CUDA tensor."""
    storage = tensor.untyped_storage()
    if storage.nbytes() == 0:
        return torch.empty_strided(tensor.shape, tensor.stride(), dtype=tensor.dtype)
    memory = (ctypes.c_uint8 * storage.nbytes()).from_address(storage.data_ptr())
    base = torch.frombuffer(memory, dtype=torch.uint8).untyped_storage()
    return torch.empty(0, dtype=tensor.dtype).set_(base, tensor.storage_offset(), tensor.shape, tensor.stride())


def on_host(argument: Any) -> Any:
    """An argument as the CPU's operation takes it."""
    if isinstance(argument, Tensor) and argument.is_cuda:
        return over_host_memory(argument)
    if isinstance(argument, torch.device) and argument.type == "cuda":
        return torch.device("cpu")
    if isinstance(argument, torch.Generator) and argument.device.type == "cuda":
        seed = argument.initial_seed()
        if generators.get(id(argument), (None,))[0] != seed:
            generators[id(argument)] = seed, torch.Generator().manual_seed(seed)
        return generators[id(argument)][1]
    return argument


def targets(out: Any, known: set[int]) -> list[Tensor | None]:
    """Where an operation's values go: tensors of its output that are none of its inputs'."""
    found: list[Tensor | None] = []
    for one in tree_leaves(out):
        if not isinstance(one, Tensor) or (one.is_cuda and (not one.numel() or address(one) in known)):
            found.append(None)
        else:
            found.append(over_host_memory(one) if one.is_cuda else one)
    return found


def address(tensor: Tensor) -> int:
    return tensor.untyped_storage().data_ptr()


class Device(TorchDispatchMode):
    """Within it, or once entered, CUDA tensors hold the values that a GPU would compute."""

    def __torch_dispatch__(self, function, types, args=(), kwargs=None):
        kwargs = kwargs or {}
        flat = tree_leaves((args, kwargs))
        tensors = [one for one in flat if isinstance(one, Tensor)]
        device = cuda_device(flat)
        if device is None or function.namespace == "c10d":  # gloo copies to the host by itself, and computes there
            return function(*args, **kwargs)
        name = function._schema.name.partition("::")[2]
        launched[name] += 1
        if name in WAITING:
            return after_a_wait(name, function, args, kwargs, device)
        out = outputs(name, function, args, kwargs) if name in LIBRARIES else function(*args, **kwargs)
        if function.is_view or name in SILENT:
            return out
        known = {address(one) for one in tensors if one.is_cuda and one.untyped_storage().nbytes()}
        to, given, named = targets(out, known), tree_map(on_host, args), tree_map(on_host, kwargs)

        def work() -> None:
            values = tree_leaves(compute(name, function, given, named))
            for value, target in zip(values, to, strict=True):
                if target is not None and isinstance(value, Tensor) and value.numel():
                    target.copy_(value)

        do(work, device)
        return out


def cuda_device(values: list[Any]) -> torch.device | None:
    """The CUDA device of the first tensor that has one, or that a new tensor is asked for on."""
    found = [one.device if isinstance(one, Tensor) else one for one in values]
    return next((one for one in found if isinstance(one, torch.device) and one.type == "cuda"), None)


def after_a_wait(name: str, function: Any, args: Any, kwargs: Any, device: torch.device) -> Any:
    """An operation whose output has a size that the host must wait for."""
    torch.cuda.current_stream().synchronize()
    if torch.cuda.get_sync_debug_mode():
        raise RuntimeError(f"called a synchronizing CUDA operation: {name}")
    if is_capturing(device):
        raise RuntimeError(f"operation not permitted when stream is capturing: {name}")

    def to_device(value: Any) -> Any:
        if not isinstance(value, Tensor):
            return value
        made = torch.empty_strided(value.shape, value.stride(), dtype=value.dtype, device=device)
        over_host_memory(made).copy_(value)
        return made

    return tree_map(to_device, function(*tree_map(on_host, args), **tree_map(on_host, kwargs)))


def install() -> None:
    """Make this process compute; lasts until it ends."""
    enter, replay, interpret = graphs.graph.__enter__, graphs.CUDAGraph.replay, GridExecutor.__call__

    def record(self) -> Any:
        global recording
        recording = self.cuda_graph.work = []
        return enter(self)

    @torch.no_grad()
    def run(self) -> None:
        replay(self)
        for work in self.work:
            work()

    def launch(self, *args, **kwargs) -> None:
        launched[f"triton:{self.fn.__name__}"] += 1
        given, named = tree_map(on_host, args), tree_map(on_host, kwargs)
        device = cuda_device(tree_leaves(args)) or torch.device("cuda")
        do(lambda: interpret(self, *given, **named), device)

    graphs.graph.__enter__, graphs.CUDAGraph.replay, GridExecutor.__call__ = record, run, launch
    Device().__enter__()
