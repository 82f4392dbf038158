import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import snnexp
from snnexp.commands import COMMANDS, main, supervise
from snnexp.config.places import config_folder, options

BIN = Path(sys.executable).parent
ROOT = Path(snnexp.__file__).parents[1]
ENVIRONMENT = os.environ | {"PATH": f"{BIN}:{os.environ['PATH']}", "PYTHONPATH": str(ROOT)}


def command(*arguments: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    """A real call."""
    run = [sys.executable, "-m", "snnexp", *arguments]
    return subprocess.run(run, capture_output=True, text=True, env=ENVIRONMENT, cwd=cwd)


def processor_time(*run: str) -> float:
    """Seconds that a call takes of a processor, to which other work on the machine adds little."""
    before = os.times()
    subprocess.run(run, capture_output=True, env=ENVIRONMENT)
    after = os.times()
    return after.children_user - before.children_user + after.children_system - before.children_system


@pytest.mark.parametrize("arguments", [[], ["--help"], *([name, "--help"] for name in COMMANDS)], ids=" ".join)
def test_help_shows_two_examples_and_the_exit_statuses(arguments: list[str], capsys: pytest.CaptureFixture):
    assert main(arguments) == 0
    text = capsys.readouterr().out
    examples = text.partition("examples:")[2].strip().splitlines()
    assert all("snnexp " in example for example in examples[:2]) and "exit status: 0 done" in text


@pytest.mark.parametrize("arguments", [["--help"], ["train", "--help"], ["data", "--help"]], ids=" ".join)
def test_help_comes_in_half_a_second(arguments: list[str]):
    assert min(processor_time(sys.executable, "-m", "snnexp", *arguments) for _ in range(2)) < 0.5


def test_help_imports_nothing_heavy():
    code = "import sys; from snnexp.commands import COMMANDS, main; [main([name, '--help']) for name in COMMANDS]"
    run = [sys.executable, "-c", f"{code}; main(['ls']); print(*sys.modules)"]
    done = subprocess.run(run, capture_output=True, text=True, check=True, env=ENVIRONMENT)
    assert not {"torch", "hydra", "omegaconf", "numpy", "yaml"} & set(done.stdout.splitlines()[-1].split())


def test_what_the_system_refuses_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture):
    path = tmp_path / "none" / "file"
    assert supervise(lambda: len(path.read_text())) == 1
    assert capsys.readouterr().err == f"snnexp: {path}: No such file or directory\n"


def test_version_and_module_call():
    done = command("--version")
    assert (done.returncode, done.stdout) == (0, f"snnexp {snnexp.__version__}\n")


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (["trian"], "trian: no such command; did you mean train?"),
        (["xyz"], "xyz: no such command; there are train, sweep, "),
        (["train", "--resolv"], "--resolv: no such option; did you mean --resolve?"),
        (["train", "--resolve"], "--resolve: goes with --cfg job"),
        (["train", "-m", "T=1,2"], "train: makes one run; `snnexp sweep` makes one of each combination"),
        (["train", "--experimental-rerun", "x"], "--experimental-rerun: no such option"),
        (["train", "--config-dir"], "argument --config-dir: expected one argument"),
        (["train", "trainer.epoch=3"], "trainer.epoch=3: no such key; did you mean trainer.epochs?"),
        (["train", "+trainer.epoch=3"], "trainer.epoch=3: no such key; did you mean trainer.epochs?"),
        (["train", "trainer.epochs=x"], "trainer.epochs=x: must be an integer"),
        (["train", "trainer.epochs=-3"], "trainer.epochs=-3: must be at least 1"),
        (["train", "backbone=resnet2"], "backbone=resnet2: no such backbone; did you mean resnet20"),
        (["train", "T=1,2"], "T=1,2: several values; `snnexp sweep` runs each"),
        (["train", "--cfg", "job", "T=x"], "T=x: must be an integer"),
        (["eval"], "eval: name a run"),
        (["eval", "nothing", "runs_dir=nowhere"], "nothing: no run there, nor in nowhere"),
        (["ls", "x"], "argument what: invalid choice: 'x'"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_a_mistake_is_one_line_and_status_2(arguments: list[str], text: str, capsys: pytest.CaptureFixture):
    assert main(arguments) == 2
    out, error = capsys.readouterr()
    assert out == "" and error.startswith(f"snnexp: {text}") and len(error.splitlines()) == 1


def test_a_bug_is_no_mistake_of_the_users(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("snnexp.commands.ls.main", lambda _: 1 // 0)
    with pytest.raises(ZeroDivisionError):
        main(["ls"])


def test_stopped_by_hand(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture):
    def stopped(_):
        raise KeyboardInterrupt

    monkeypatch.setattr("snnexp.commands.ls.main", stopped)
    assert main(["ls"]) == 75 and "the same command resumes" in capsys.readouterr().err


@pytest.mark.parametrize("mistake", ["trainer.epoch=3", "trainer.epochs=-3", "backbone=resnet2", "neuron.deacy=0"])
def test_a_mistake_is_told_without_importing_torch(mistake: str):
    code = f"import sys; from snnexp.commands import main; print(main(['train', '{mistake}']), 'torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=ENVIRONMENT)
    assert done.stdout == "2 False\n" and done.stderr.startswith(f"snnexp: {mistake}: ")


def test_cfg_prints_the_config(tmp_path: Path):
    done = command("train", "--cfg", "job", "T=3", "exp=rmp_cifar10", cwd=tmp_path)
    assert done.returncode == 0 and "T: 3\n" in done.stdout and not list(tmp_path.iterdir())


COMPLETING = """
eval "$(snnexp -sc install=bash)"
COMP_LINE=$1
COMP_POINT=${#COMP_LINE}
words=($COMP_LINE)
COMP_CWORD=$((${#words[@]} - 1))
[[ $COMP_LINE == *" " ]] && COMP_CWORD=$((COMP_CWORD + 1))
hydra_bash_completion
printf '%s\\n' "${COMPREPLY[@]}"
"""


def complete(line: str) -> list[str]:
    done = subprocess.run(["bash", "-c", COMPLETING, "-", line], capture_output=True, text=True, env=ENVIRONMENT)
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


@pytest.mark.skipif(
    not (BIN / "snnexp").exists() or not shutil.which("bash"), reason="needs bash and the installed command"
)
@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("snnexp ", list(COMMANDS)),
        ("snnexp tr", ["train"]),
        ("snnexp train +exp=", [f"+exp={name}" for name in options("exp")]),
        ("snnexp train exp=rmp_c", [f"exp={name}" for name in options("exp") if name.startswith("rmp_c")]),
        ("snnexp train T=2 neuron=", [f"neuron={name}" for name in options("neuron")]),
        ("snnexp sweep seed=1,2 exp=rmp_c", [f"exp={name}" for name in options("exp") if name.startswith("rmp_c")]),
        ("snnexp sweep hydra/launcher=", [f"hydra/launcher={name}" for name in options("hydra/launcher")]),
        ("snnexp show backbone=ms_resnet3", ["backbone=ms_resnet34"]),
        ("snnexp train trainer.ep", ["trainer.epochs="]),
    ],
)
def test_bash_completes(line: str, expected: list[str]):
    assert expected and complete(line) == expected


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("snnexp table ", list(options("table"))),
        ("snnexp reproduce rmp_ablation --scale small r", list(options("table"))),
        ("snnexp eval ", ["0123456789-s1"]),
        ("snnexp report 01", ["0123456789-s1"]),
        ("snnexp plot runs_dir=other ", ["9876543210-s2"]),
        ("snnexp doctor ", []),
        ("snnexp no_such_command ", []),
    ],
)
def test_tables_and_runs_are_offered(
    line: str,
    expected: list[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture,
):
    for run in ("runs/quickstart/0123456789-s1", "other/quickstart/9876543210-s2"):
        (tmp_path / run).mkdir(parents=True)
        (tmp_path / run / "config.yaml").write_text("")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COMP_LINE", line)
    assert main(["-sc", "query=bash"]) == 0
    assert capsys.readouterr().out.split() == expected


def test_configs_are_found_from_anywhere():
    assert (config_folder() / "train.yaml").exists() and config_folder().is_absolute()
