"""The texts of `--help` of the commands that look at the installation and its machine."""

from snnexp.commands.usage.base import STATUSES

LS = f"""\
usage: snnexp ls [runs [DIR]] [--config-dir DIR]

Lists experiments and parts with a line each, or the runs below DIR (runs) with status and test accuracy.

examples:
  snnexp ls
  snnexp ls runs

{STATUSES}"""

DOCTOR = f"""\
usage: snnexp doctor

Shows versions, devices, which form of the LIF operator runs on each, and the data found, with a remedy for what is
missing.

examples:
  snnexp doctor
  SNNEXP_DATA=/scratch/data snnexp doctor

{STATUSES}"""

BENCH = f"""\
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

{STATUSES}"""
