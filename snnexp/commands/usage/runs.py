"""The texts of `--help` of the commands that take what was trained."""

from snnexp.commands.usage.base import STATUSES

EVAL = f"""\
usage: snnexp eval RUN [KEY=VALUE ...] [--allow-module M]

Tests the weights of a finished run, after verifying that its files are those it left. RUN is its folder, or the
beginning of the folder's name below runs_dir. KEY=VALUE changes the run's config:
what tests it, not what trained it.

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
  --config-dir DIR   a folder of your own configs, searched after ours
  --allow-module M   a module of your own that configs may name parts of (may be repeated)

examples:
  snnexp table rmp_ablation
  snnexp table inflor_ablation --scale small --missing runs_dir=/scratch/runs

{STATUSES}"""

REPORT = f"""\
usage: snnexp report RUN|SWEEP [--watch] [--out FILE] [KEY=VALUE ...] [--allow-module M]

Writes one HTML page that needs no network: learning curves, firing rate and quantization error of each layer,
histograms of the membrane potential, the table with means over seeds and seeds compared, configs and what they differ
in, environment; runs that have not finished are shown as far as they are. SWEEP is a folder with runs below it, or a
sweep's record <runs_dir>/sweeps/<id>.json. Potentials are measured once, on a part of the test set, of one finished run
a config and of at most eight configs. KEY=VALUE may be runs_dir, device or dataset.root.

options:
  --watch       serve the page to this machine alone and follow its runs until Ctrl-C; no potentials are measured
  --out FILE    the page's file (report.html in the folder, or beside the sweep's record)
  --allow-module M    a module of your own that the run's config may name parts of (may be repeated)

examples:
  snnexp report runs/quickstart/0123456789-s1
  snnexp report runs/sweeps/0123456789.json --watch

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
