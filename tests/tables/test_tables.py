"""`snnexp table` on fixture runs: its output in every format, by golden files whose figures are computed by hand.

ResNet-20, vanilla: accuracies of 91, 90 and 92 %: mean 91, standard deviation 1, interval 91 -+ 4.3027 / sqrt(3). RMP:
92, 91.1 and 92.9 %: mean 92, deviation 0.9. Welch: error sqrt(1.81 / 3) = 0.7767, t = 1.2874, degrees of freedom
2 * 1.81^2 / (0.81^2 + 1) = 3.9564, p = 0.268; the family has three comparisons, of which one has a p: by Holm 0.804.
Hedges' g: sqrt(2 / pi) / sqrt(0.905) = 0.84. Of the nine pairs of runs RMP has the larger value in 2, 2 and 3, and 92
is a tie: 7.5 / 9. Seed by seed 1, 1.1 and 0.9 more: t = 1 / (0.1 / sqrt(3)) = 17.32, p = 0.0033, correlation 1. Firing
rates: 0.26, 0.27, 0.28 less 0.1, 0.095 and 0.105. Quantization error: 0.81, 0.82, 0.83, and RMP's is 0.3 less in each
pair. ResNet-19 has one seed of either condition, VGG-16 none. Eight runs of 100.25 s each: 802 s.
"""

import csv
import json
import re
import shutil
import subprocess
import sys
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from snnexp.commands import main
from snnexp.tables import EVIDENCE, FORMATS, PAGES, collect, condition, papers, request, spec
from snnexp.tables.base import Table
from snnexp.tables.lines import assemble
from snnexp.tables.records import read

ROOT = Path(__file__).parents[2]
GOLDEN = Path(__file__).parent / "golden"
ACCURACIES = {"rmp_vanilla_cifar10": (0.91, 0.90, 0.92), "rmp_cifar10": (0.92, 0.911, 0.929)}


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory, make_run) -> Path:
    folder = tmp_path_factory.mktemp("runs")
    for exp, accuracies in ACCURACIES.items():
        for seed in (3, 1, 2):
            rmp = exp == "rmp_cifar10"
            figures = {"test_accuracy": accuracies[seed - 1], "best_test_accuracy": accuracies[seed - 1] + 0.01}
            figures |= {"quantization_error": 0.8 + seed / 100 - 0.3 * rmp}
            figures |= {"firing_rate": 0.25 + seed / 100 - (0.1, 0.095, 0.105)[seed - 1] * rmp}
            make_run(folder, f"exp={exp}", seed=seed, **figures)
        make_run(folder, f"exp={exp}", "backbone=resnet19", seed=1)
    return folder


@pytest.fixture(scope="module")
def found(runs: Path) -> Table:
    """The table of these runs, whose commands name no folder."""
    asked = spec.read("rmp_ablation")
    rows = tuple(replace(row, overrides=(*row.overrides, f"runs_dir={runs}")) for row in asked.rows)
    table = assemble(asked, collect(replace(asked, rows=rows)))
    return replace(table, lines=tuple(replace(line, ids=("0123456789",) * len(line.ids)) for line in table.lines))


def printed(capsys: pytest.CaptureFixture, *arguments: str) -> str:
    assert main(["table", *arguments]) == 0
    return capsys.readouterr().out


@pytest.mark.parametrize("name", FORMATS)
def test_the_output_is_the_golden_file_s(name: str, found: Table):
    assert FORMATS[name](found) == (GOLDEN / f"rmp_ablation.{name}").read_text()


def test_the_command_prints_it(found: Table, runs: Path, capsys: pytest.CaptureFixture):
    text = printed(capsys, "rmp_ablation", "--format", "csv", f"runs_dir={runs}")
    assert text.replace(f" runs_dir={runs}", "") == FORMATS["csv"](found)


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("table", ["rmp_ablation", "rmp_main", "inflor_main", "asa_main"])
def test_no_format_shows_a_paper_s_number_without_its_mark(table: str, name: str):
    asked = spec.read(table)
    text = FORMATS[name](assemble(asked, []))
    numbers = [each for each in papers.numbers().values() if (each.paper, each.table) == tuple(table.split("_"))]
    if table.endswith("_main"):
        others = papers.yardsticks({row.paper["dataset"] for row in asked.rows if row.paper})
        assert len(others) > 20
        numbers += others
    expected = Counter((float(each.value), each.confidence) for each in numbers)
    if name == "json":
        cells = [cell["paper"] for line in json.loads(text)["lines"] for cell in line["metrics"].values()]
        cells += json.loads(text)["published"]
        assert Counter((cell["value"], cell["confidence"]) for cell in cells if cell) == expected
    elif name == "csv":
        rows = [row for row in csv.DictReader(text.splitlines()) if row["paper_value"]]
        assert Counter((float(row["paper_value"]), row["paper_confidence"]) for row in rows) == expected
    else:
        shown = Counter(text.replace(r"$\pm$", "±").replace(" \\\\", "").replace("|", "&").split(" & "))
        assert all(shown[str(each)] >= 1 for each in numbers)
        assert sum(n for cell, n in shown.items() if re.match(r"\d+\.\d+", cell)) == len(numbers)


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_says_that_a_scale_is_small(name: str):
    text = FORMATS[name](assemble(spec.read("inflor_ablation", "small"), []))
    assert "small" in text and "embedded digits, a small convolutional network" in text


def test_missing_prints_the_commands_alone(runs: Path, capsys: pytest.CaptureFixture):
    lines = printed(capsys, "rmp_ablation", "--missing", f"runs_dir={runs}").replace(str(runs), "runs").splitlines()
    assert lines == [
        "snnexp sweep exp=rmp_vanilla_cifar10 backbone=resnet19 runs_dir=runs seed=2,3",
        "snnexp sweep exp=rmp_cifar10 backbone=resnet19 runs_dir=runs seed=2,3",
        "snnexp sweep exp=rmp_vanilla_cifar10 backbone=vgg16 runs_dir=runs seed=1,2,3",
        "snnexp sweep exp=rmp_cifar10 backbone=vgg16 runs_dir=runs seed=1,2,3",
    ]


def test_finished_runs_and_mistakes_need_no_torch(tmp_path: Path, make_run):
    for row in spec.read("rmp_ablation", "small").rows:
        make_run(tmp_path, f"exp={row.exp}", *row.overrides, seed=1)
    table = ["table", "rmp_ablation", "--scale", "small", f"runs_dir={tmp_path}"]
    code = f"""import sys; from snnexp.commands import main
for status, words in ((2, ["train", "trainer.epoch=3"]), (2, ["sweep", "T=1,2", "optimizer.lrr=3"]), (0, {table})):
    assert main(words) == status
    assert not {{"torch", "scipy.stats", "sklearn"}} & set(sys.modules), words"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0 and done.stdout.count("| 90.00 |") == 2, done.stderr


@pytest.mark.parametrize("program", ["latex", "pdflatex"])
def test_latex_compiles_and_fits_the_text(program: str, tmp_path: Path, found: Table):
    if not shutil.which(program) or not shutil.which("kpsewhich"):
        pytest.skip(f"{program} is not installed (Debian: texlive-latex-recommended)")
    table = FORMATS["latex"](found)
    text = rf"\documentclass{{article}}\usepackage{{booktabs,graphicx}}\begin{{document}}{table}\end{{document}}"
    (tmp_path / "table.tex").write_text(text)
    run = [program, "-halt-on-error", "-interaction=nonstopmode", "table.tex"]
    done = subprocess.run(run, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout
    assert "Overfull" not in (tmp_path / "table.log").read_text()


def test_a_hand_edited_result_is_told(tmp_path: Path, make_run, capsys: pytest.CaptureFixture):
    path = make_run(tmp_path, "exp=rmp_cifar10", seed=1, test_accuracy=0.92) / "result.json"
    path.write_text(path.read_text().replace("0.92", "0.96"))
    assert main(["table", "rmp_ablation", "--scale", "small", f"runs_dir={tmp_path}"]) == 2
    out, error = capsys.readouterr()
    assert out == "" and f"{path}: changed since it was written" in error and len(error.splitlines()) == 1


def test_what_shows_runs_makes_no_other_rows():
    plain, shown = (request("rmp_ablation", "small", words).rows for words in ([], ["logger=[wandb]"]))
    assert [condition(row).key for row in plain] == [condition(row).key for row in shown]
    assert {row.plan for row in plain} == {row.plan for row in shown}
    assert "logger=[wandb]" in shown[0].words([1])


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ([], "name one table; there are asa_controls, "),
        (["rmp_main", "inflor_main"], "name one table"),
        (["rmp_mian"], "rmp_mian: no such table; did you mean rmp_main or "),
        (["rmp_main", "--scale", "small"], "table rmp_main: no scale small; there is full"),
        (["rmp_main", "--format", "xls"], "argument --format: invalid choice: 'xls'"),
        (["rmp_main", "--mising"], "unrecognized arguments: --mising"),
        (["rmp_main", "trainer.epochs=1"], "trainer.epochs=1: would change what the table's rows train"),
        (
            ["soft_reset_why", "T=1"],
            "T=1: would change what the table's rows train",
        ),  # not the first one, which has T=1
        (["rmp_main", "init_from=x"], "init_from=x: would change what the table's rows train"),
        (
            ["rmp_main", "runs_dr=x"],
            "row CIFAR-10 ResNet-19 T=2 vanilla: runs_dr=x: no such key; did you mean runs_dir?",
        ),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_a_mistake_is_one_line_and_status_2(arguments: list[str], text: str, capsys: pytest.CaptureFixture):
    assert main(["table", *arguments]) == 2
    out, error = capsys.readouterr()
    assert out == "" and error.startswith(f"snnexp: {text}") and len(error.splitlines()) == 1


def test_what_no_run_stands_for_is_said_to_be_unmeasured(tmp_path: Path, capsys: pytest.CaptureFixture):
    assert main(["table", "rmp_ablation", "--scale", "gpu", f"runs_dir={tmp_path}"]) == 0
    text = capsys.readouterr().out
    assert "20 epochs, not 400, in bfloat16. Not measured yet.\n" in text and "91.89 (weak)" in text


def test_docs_keeps_records_and_writes_the_section(
    tmp_path: Path, make_run, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
):
    (vanilla, _) = spec.read("rmp_ablation", "small").rows
    make_run(tmp_path / "runs", f"exp={vanilla.exp}", *vanilla.overrides, seed=2)
    command = ["table", "rmp_ablation", "--scale", "small", "--docs"]
    monkeypatch.chdir(tmp_path)
    assert main(command) == 2
    begin, end = "<!-- table rmp_ablation small -->\n", "<!-- /table rmp_ablation small -->"
    assert f"docs/results.md: needs the lines {begin.strip()} and {end}" in capsys.readouterr().err
    assert not (tmp_path / "results").exists()
    page, methods = tmp_path / "docs/results.md", tmp_path / "docs/methods.md"
    page.parent.mkdir()
    page.write_text(f"before\n{begin}stale\n{end}\nafter\n")
    assert main(command) == 2  # the other page has no marks
    assert "docs/methods.md: needs the lines" in capsys.readouterr().err and "stale" in page.read_text()
    methods.write_text(page.read_text())
    assert main(command) == 0
    assert page.read_text() == f"before\n{begin}{capsys.readouterr().out}{end}\nafter\n"
    assert "stale" not in methods.read_text() and methods.read_text().startswith(f"before\n{begin}RMP-Loss ablation")
    kept = tmp_path / "results/tables/rmp_ablation-small.csv"
    (record,) = read(kept)
    assert (record.row, record.seed, record.test_accuracy) == ("vanilla", 2, 0.9)
    assert record.config == condition(request("rmp_ablation", "small").rows[0]).key
    assert main([*command, f"runs_dir={tmp_path / 'none'}"]) == 2 and read(kept) == [record]
    assert "holds runs, and none was found to take their place" in capsys.readouterr().err


@pytest.mark.parametrize("path", [*PAGES, *EVIDENCE], ids=str)
def test_the_committed_pages_are_what_the_kept_runs_say(path: Path):
    page = (ROOT / path).read_text()
    sections = re.findall(r"<!-- table (\w+) (\w+) -->\n(.*?)<!-- /table", page, re.DOTALL)
    kept = {path.name for path in (ROOT / "results/tables").iterdir()}
    kept = {
        name
        for name in kept
        if (spec.read(*name.removesuffix(".csv").rsplit("-", 1)).margin is None) == (path in PAGES)
    }
    assert kept and {f"{name}-{scale}.csv" for name, scale, _ in sections} == kept
    for name, scale, text in sections:
        records = read(ROOT / f"results/tables/{name}-{scale}.csv")
        assert text == (PAGES | EVIDENCE)[path](assemble(request(name, scale), records))
