"""The texts of `--help` of the commands that train."""

from snnexp.commands.usage.base import STATUSES

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
usage: snnexp sweep [exp=NAME,NAME ...] [KEY=A,B ...] [hydra/launcher=NAME] [hydra/sweeper=optuna] [options]

Trains every combination of the values, each as `snnexp train` does: KEY=A,B or KEY=range(1,4) (1, 2, 3), and NAME by
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
  hydra/launcher=ray               by ray, here or (hydra.launcher.address=auto) on its cluster; each job takes
                                   hydra.launcher.num_gpus=1, or a part of one as 0.25

sweepers:
  hydra/sweeper=basic     every combination (the default)
  hydra/sweeper=optuna    hydra.sweeper.n_trials=20 trainings that Optuna chooses, hydra.sweeper.n_jobs=1 at once, for
                          the largest hydra.sweeper.metric=test_accuracy. Values are drawn from KEY=A,B, KEY=range(1,4),
                          KEY=interval(0,1), KEY=int(interval(1,8)) or KEY=tag(log,interval(1e-4,1)). None is pruned.

examples:
  snnexp sweep exp=rmp_vanilla_cifar10,rmp_cifar10 seed=1,2,3
  snnexp sweep 'exp=glob(inflor*cifar10)' 'seed=range(1,4)' hydra/launcher=joblib hydra.launcher.n_jobs=2 --dry-run
  snnexp sweep hydra/sweeper=optuna 'optimizer.lr=tag(log,interval(1e-3,1))' 'regularizer=[],[rmp]'

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
  --config-dir DIR   a folder of your own configs, searched after ours
  --allow-module M   a module of your own that configs may name parts of (may be repeated)

examples:
  snnexp reproduce rmp_ablation --scale small
  snnexp reproduce inflor_main hydra/launcher=joblib

{STATUSES}"""
