"""The texts of `--help`."""

from snnexp.commands.usage import machine, runs, training
from snnexp.commands.usage.base import STATUSES

MAIN = f"""\
usage: snnexp COMMAND ...

Trains spiking neural networks end to end.

commands:
  train      train an experiment, or go on with it
  sweep      train every combination of values, and go on with what is left
  eval       test a finished run's weights
  plot       draw a finished run, or two side by side
  table      print a table of the papers from finished runs
  report     show a run or a sweep as one page
  reproduce  train what a table lacks, then print it
  export     write a finished run for a model hub, as NIR or as ONNX
  ls         list experiments, parts and runs
  doctor     show versions, devices, kernels and data, with remedies
  data       fetch, verify or find data sets
  bench      measure speed beside other libraries

examples:
  snnexp train
  snnexp train exp=rmp_cifar10 seed=2

snnexp COMMAND --help tells more. --version prints the version.
completion: eval "$(snnexp -sc install=bash)"
{STATUSES}"""

HELP = {"train": training.TRAIN, "sweep": training.SWEEP, "reproduce": training.REPRODUCE}
HELP |= {"eval": runs.EVAL, "plot": runs.PLOT, "table": runs.TABLE, "report": runs.REPORT, "export": runs.EXPORT}
HELP |= {"ls": machine.LS, "doctor": machine.DOCTOR, "bench": machine.BENCH}
