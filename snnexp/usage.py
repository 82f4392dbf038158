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
  train      train an experiment, or go on with it
  sweep      train every combination of values, and go on with what is left
  eval       test a finished run's weights
  plot       draw a finished run, or two side by side
  table      print a table of the papers from finished runs
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

TRAIN = f"""\
usage: snnexp train [exp=NAME] [GROUP=NAME ...] [KEY=VALUE ...] [options]

Trains an experiment into <runs_dir>/<exp>/<id>-s<seed>; without arguments, the handwritten digits. The same command
goes on with a run that was stopped, and leaves a finished one alone. `snnexp ls` lists the names that can be chosen,
`snnexp train --cfg job` all keys.

options:
  --config-dir DIR    a folder of your own configs, searched after ours
  --allow-module M    a module of your own that configs may name parts of (may be repeated)
  --cfg job           print the config instead of training
  --info, --hydra-help    what Hydra tells

examples:
  snnexp train trainer.epochs=5 optimizer.lr=0.05
  snnexp train exp=rmp_cifar10 launch.nproc=2

{STATUSES}"""

SWEEP = f"""\
usage: snnexp sweep [exp=NAME,NAME ...] [KEY=A,B ...] [hydra/launcher=NAME] [options]

Trains every combination of the values, each as `snnexp train` does: KEY=A,B or KEY=range(1,4), and NAME by
GROUP=glob(rmp_*). What is done is left alone and what was stopped goes on, so that the same command again starts what
is left. Prints "12 done, 1 failed, 3 to do", and at the end PASS or FAIL of each job, with the cause. No job that fails
stops another.

options:
  --dry-run           tell what would be started, and start nothing
  --retry-failed      start those that failed again, from where they were
  --force             train those that are done anew; the old runs are kept in <runs_dir>/replaced
  --config-dir DIR    a folder of your own configs, searched after ours
  --allow-module M    a module of your own that configs may name parts of (may be repeated)

launchers:
  hydra/launcher=basic             one job after the other (the default)
  hydra/launcher=joblib            hydra.launcher.n_jobs at a time, or one for each GPU; each GPU has one
  hydra/launcher=submitit_local    likewise, by submitit: jobs go on when the sweep ends
  hydra/launcher=submitit_slurm    by SLURM; what is preempted is queued again and goes on in its folder. Its settings:
                                   hydra.launcher.slurm_partition=gpu, .timeout_min=600, .gpus_per_node=1, ...

examples:
  snnexp sweep exp=rmp_vanilla_cifar10,rmp_cifar10 seed=1,2,3
  snnexp sweep 'exp=glob(inflor*cifar10)' 'seed=range(1,4)' hydra/launcher=joblib hydra.launcher.n_jobs=2 --dry-run

{STATUSES}"""

EVAL = f"""\
usage: snnexp eval RUN [KEY=VALUE ...] [--allow-module M]

Tests the weights of a finished run, after verifying their checksum. RUN is its folder, or the beginning of the folder's
name below runs_dir. KEY=VALUE changes the run's config.

options:
  --allow-module M    a module of your own that the run's config may name parts of (may be repeated)

examples:
  snnexp eval runs/quickstart/0123456789-s1
  snnexp eval 0123456789-s1 runs_dir=/scratch/runs device=cpu

{STATUSES}"""

PLOT = f"""\
usage: snnexp plot RUN [RUN] [--layer NAME] [KEY=VALUE ...] [--allow-module M]

Draws a finished run into <run>/figures: learning curves, firing rate and quantization error of each layer, histograms
of membrane potential and input current with the threshold, and firing maps of single channels. With two runs of one
network both are drawn side by side, below the first. A run is its folder, or the beginning of the folder's name below
runs_dir.

options:
  --layer NAME    the layer whose firing maps are drawn (the last one with maps of 6x6 or more)
  --allow-module M    a module of your own that the runs' configs may name parts of (may be repeated)

examples:
  snnexp plot runs/quickstart/0123456789-s1
  snnexp plot 0123456789-s1 9876543210-s1 runs_dir=/scratch/runs device=cpu

{STATUSES}"""

TABLE = f"""\
usage: snnexp table NAME [--scale full|gpu|small] [--format md|csv|latex|json] [--missing] [--docs] [KEY=VALUE ...]

Prints a table from the runs that are finished: mean, standard deviation and 95 % interval over seeds, the paper's
number with its mark, and arms compared seed by seed. `snnexp ls` lists the tables. KEY=VALUE is given to all rows, and
says where: runs_dir, device, launch.nproc or dataset.root.

options:
  --scale SCALE      full: the paper's setting; gpu: one for a GPU within minutes; small: one for two cores
                     (the first that the table has)
  --format FORMAT    md, csv, latex or json (md)
  --missing          print the commands that train what is missing instead
  --docs             in a checkout: write the table into docs/results.md, and its runs to results/tables

examples:
  snnexp table rmp_ablation
  snnexp table inflor_ablation --scale small --missing runs_dir=/scratch/runs

{STATUSES}"""

EXPORT = f"""\
usage: snnexp export RUN [runs_dir=DIR] [--format FORMAT] [--out DIR] [--allow-module M]

Writes a finished run for use elsewhere, and prints the files' paths. docs/export.md tells how others read them. RUN is
its folder, or the beginning of the folder's name below runs_dir.

options:
  --format hub     weights, config, result and a card with what was measured, ready for a model hub; `snnexp eval` and
                   `snnexp export` take the folder for a run (the default)
  --format nir     the graph of one time step, batch norm folded; for networks with hard reset and without gates
  --format onnx    the network over all T steps, in plain operators
  --out DIR        the folder to write to (RUN/FORMAT)

examples:
  snnexp export runs/quickstart/0123456789-s1 --out digits-model
  snnexp export 0123456789-s1 --format nir

{STATUSES}"""

REPRODUCE = f"""\
usage: snnexp reproduce NAME [--scale full|gpu|small] [--format md|csv|latex|json] [--docs] [KEY=VALUE ...]

Trains what a table lacks, as `snnexp sweep` does, then prints it as `snnexp table` does. What the sweep tells goes to
standard error. The same command goes on where it was stopped. KEY=VALUE says where: runs_dir, device, launch.nproc,
dataset.root, or hydra/launcher.

options:
  --scale SCALE      full: the paper's setting; gpu: one for a GPU within minutes; small: one for two cores
                     (the first that the table has)
  --format FORMAT    md, csv, latex or json (md)
  --docs             in a checkout: write the table into docs/results.md, and its runs to results/tables

examples:
  snnexp reproduce rmp_ablation --scale small
  snnexp reproduce inflor_main hydra/launcher=joblib

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

BENCH = f"""\
usage: snnexp bench WHAT [--device DEVICE] [--out DIR] [--quick]

Measures speed and memory, each contender in a process of its own, and writes rows as CSV below DIR (results/bench).
`scripts/benchmarks` runs all of them and draws the pictures.

WHAT:
  lif        forward and backward of the LIF operator, beside other libraries
  step       whole training steps, beside the network with ReLU for its neurons and SpikingJelly
  data       the loader of each recipe
  scaling    a training step against T, batch size and width
  start      seconds from the command to its first training step on digits
  report     write the tables and pictures of docs/results.md from the rows

options:
  --device DEVICE    cpu, cuda or cuda:N (auto: CUDA where there is a device)
  --quick            tiny sizes, to see that everything runs: no figures to report

examples:
  snnexp bench lif
  OMP_NUM_THREADS=2 snnexp bench step --device cpu --out my_bench

{STATUSES}"""

HELP = {"train": TRAIN, "sweep": SWEEP, "eval": EVAL, "plot": PLOT, "table": TABLE}
HELP |= {"reproduce": REPRODUCE, "export": EXPORT, "ls": LS, "doctor": DOCTOR, "bench": BENCH}


class Parser(argparse.ArgumentParser):
    """A parser without a help of its own, whose mistakes are told as all others are."""

    def __init__(self) -> None:
        super().__init__(add_help=False, allow_abbrev=False)

    def error(self, message: str) -> NoReturn:
        raise UserError(f"{message}; --help tells what there is")
