"""The texts of `--help`, and the parser of what a command takes."""

import argparse
from typing import NoReturn

from snnexp.errors import UserError

STATUSES = """\
exit status: 0 done, 1 failure, 2 wrong input, 75 preempted (the same command goes on)"""

MAIN = f"""\
usage: snnexp COMMAND ...

Trains spiking neural networks end to end.

commands:
  train    train an experiment, or go on with it
  eval     test a finished run's weights
  ls       list experiments, parts and runs
  doctor   show versions, devices, kernels and data, with remedies
  data     fetch, verify or find data sets

examples:
  snnexp train
  snnexp train exp=rmp_cifar10 seed=2

snnexp COMMAND --help tells more. --version prints the version.
completion: eval "$(snnexp -sc install=bash)"
{STATUSES}"""

TRAIN = f"""\
usage: snnexp train [exp=NAME] [GROUP=NAME ...] [KEY=VALUE ...] [options]

Trains an experiment into <runs_dir>/<exp>/<id>-s<seed>; without arguments, the handwritten digits. The same command
goes on with a run that was stopped, and leaves a finished one alone. `snnexp ls` lists the names that can be chosen,
`snnexp train --cfg job` all keys.

options:
  --config-dir DIR    a folder of your own configs, searched after ours
  --allow-module M    a module of your own that configs may name parts of (may be repeated)
  -m, --multirun      train every combination of KEY=A,B ... one after the other
  --cfg job           print the config instead of training
  --info, --hydra-help    what Hydra tells

examples:
  snnexp train trainer.epochs=5 optimizer.lr=0.05
  snnexp train -m exp=rmp_vanilla_cifar10,rmp_cifar10 seed=1,2,3

{STATUSES}"""

EVAL = f"""\
usage: snnexp eval RUN [KEY=VALUE ...] [--allow-module M]

Tests the weights of a finished run, after verifying their checksum. RUN is its folder, or the beginning of the folder's
name below runs_dir. KEY=VALUE changes the run's config.

examples:
  snnexp eval runs/quickstart/0123456789-s1
  snnexp eval 0123456789-s1 runs_dir=/scratch/runs device=cpu

{STATUSES}"""

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

HELP = {"train": TRAIN, "eval": EVAL, "ls": LS, "doctor": DOCTOR}


class Parser(argparse.ArgumentParser):
    """A parser without a help of its own, whose mistakes are told as all others are."""

    def __init__(self) -> None:
        super().__init__(add_help=False, allow_abbrev=False)

    def error(self, message: str) -> NoReturn:
        raise UserError(f"{message}; --help tells what there is")
