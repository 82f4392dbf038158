"""`snnexp sweep`: the runs that combinations of values stand for, or those of a search."""

from contextlib import nullcontext

from snnexp.config.arguments import Parser
from snnexp.config.hints import suggest
from snnexp.errors import UserError
from snnexp.machine import logs

HELP = """\
usage: snnexp sweep [exp=NAME,NAME ...] [KEY=A,B ...] [hydra/launcher=NAME] [hydra/sweeper=optuna] [options]

Trains every combination of the values, each as `snnexp train` does: KEY=A,B or KEY=range(1,4) (1, 2, 3), and NAME by
GROUP=glob(rmp_*). The same command again skips what is done and resumes what was stopped. Prints "12 done, 1 failed,
3 to do", and at the end PASS or FAIL of each job, with the cause. No job that fails stops another.

options:
  --dry-run           show what would be started, and start nothing
  --retry-failed      start those that failed again, from where they were
  --force             train those that are done again; the old runs are moved to <runs_dir>/replaced
  --config-dir DIR    a folder of your own configs, searched after ours
  --allow-module M    a module of your own whose parts configs may name (may be repeated)

launchers:
  hydra/launcher=basic             one job after the other (the default)
  hydra/launcher=joblib            hydra.launcher.n_jobs at a time, or hydra.launcher.jobs_per_gpu=1 on each GPU
  hydra/launcher=submitit_local    likewise, by submitit: jobs continue when the sweep ends
  hydra/launcher=submitit_slurm    by SLURM; what is preempted is queued again and resumes in its folder. Its settings:
                                   hydra.launcher.slurm_partition=gpu, .timeout_min=600, .gpus_per_node=1, ...
  hydra/launcher=ray               by ray, here or (hydra.launcher.address=auto) on its cluster; each job takes
                                   hydra.launcher.num_gpus=1, or a part of one as 0.25

sweepers:
  hydra/sweeper=basic     every combination (the default)
  hydra/sweeper=optuna    hydra.sweeper.n_trials=20 trainings that Optuna chooses, hydra.sweeper.n_jobs=1 at once, for
                          the largest hydra.sweeper.metric=validation_accuracy, which needs dataset.validation=0.1.
                          Values are drawn from KEY=A,B, KEY=range(1,4), KEY=interval(0,1), KEY=int(interval(1,8)) or
                          KEY=tag(log,interval(1e-4,1)). None is pruned.

examples:
  snnexp sweep exp=rmp_vanilla_cifar10,rmp_cifar10 seed=1,2,3
  snnexp sweep 'exp=glob(inflor*cifar10)' 'seed=range(1,4)' hydra/launcher=joblib hydra.launcher.n_jobs=2 --dry-run
  snnexp sweep dataset.validation=0.1 hydra/sweeper=optuna 'optimizer.lr=tag(log,interval(1e-3,1))'
"""
FLAGS = ("--dry-run", "--retry-failed", "--force")


def main(arguments: list[str]) -> int:
    """Start the runs of a sweep that are to do, and return 0 where every one has passed.

    Raises:
        UserError: as `compose` for any of the runs, or an option that is not there.
    """
    parser = Parser()
    parser.own_configs()
    for flag in FLAGS:
        parser.add_argument(flag, action="store_true")
    given, overrides = parser.parse_known_args(arguments)
    for word in overrides:
        if word.startswith("-"):
            known = [*FLAGS, "--config-dir", "--allow-module"]
            raise UserError(f"{word}: no such option; {suggest(word, known, '`snnexp sweep --help` lists them')}")
    logs.configure()
    from snnexp.sweeps.sweep import choose  # late: imports Hydra
    from snnexp.sweeps.sweepers.base import SweepOptions

    given.allow_modules = tuple(given.allow_modules)
    options = SweepOptions(**vars(given))
    launcher, sweeper, overrides = choose(overrides, options.config_dir)
    with nullcontext() if options.dry_run else launcher.prepared():
        return sweeper.sweep(overrides, options, launcher)
