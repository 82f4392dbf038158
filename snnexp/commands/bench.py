"""`snnexp bench`: speed and memory beside other libraries; each benchmark is a module of `snnexp.bench`."""

from importlib import import_module

from snnexp.config.hints import suggest
from snnexp.errors import UserError
from snnexp.machine import logs

HELP = """\
usage: snnexp bench WHAT [--device DEVICE] [--out DIR] [--quick]

Measures speed and memory, each contender in a process of its own, and writes rows as CSV below DIR (results/bench).
`scripts/benchmarks` runs all of them and draws the pictures.

WHAT:
  lif        forward and backward of the LIF operator, beside other libraries
  step       whole training steps, beside the network with ReLU for its neurons, SpikingJelly and torch.compile
  inference  evaluation of the same networks, beside their ReLU twins, SpikingJelly and unfolded batch norm
  data       the loader of each recipe
  decode     recordings of 40 bits an event from their files, beside SpikingJelly's reader
  scaling    a training step against T, batch size and width
  beside     steps of two trainings at once on the same cores, beside those of one alone
  start      seconds from the command to its first training step on digits, and of others that hardly train
  report     write the tables and pictures of docs/results.md from the rows

options:
  --device DEVICE    cpu, cuda or cuda:N (auto: CUDA where there is a device)
  --quick            tiny sizes, to see that everything runs: no figures to report

examples:
  snnexp bench lif
  OMP_NUM_THREADS=2 snnexp bench step --device cpu --out my_bench
"""
BENCHMARKS = ("lif", "step", "inference", "data", "decode", "scaling", "beside", "start", "report")


def main(arguments: list[str]) -> int:
    """Run a benchmark: print its rows, and store them.

    Raises:
        UserError: no such benchmark, or a wrong option.
    """
    name, *rest = arguments or [""]
    if name not in BENCHMARKS:
        there = f"there are {', '.join(BENCHMARKS)}"
        raise UserError(f"bench: name a benchmark; {suggest(name, BENCHMARKS, there) if name else there}")
    logs.configure()
    from snnexp.bench.base.options import keep, parse  # late: imports torch

    benchmark = import_module(f"snnexp.bench.{name}")
    if name == "report":
        return benchmark.main(rest)
    given = parse(rest)
    return keep(given, name, benchmark.measure(given.device, given.quick))
