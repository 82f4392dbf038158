"""`snnexp bench report`: writes what was measured into docs/results.md, and draws its pictures."""

from pathlib import Path

from snnexp.bench.report.base import Rows, read, select
from snnexp.bench.report.claims import claims_table, on_cpu, on_cuda
from snnexp.bench.report.remarks import remarks
from snnexp.bench.report.tables import TABLES, place
from snnexp.config.arguments import Parser
from snnexp.tables import pages

TITLES = {
    "lif": "The operator",
    "step": "Training steps",
    "inference": "Evaluation",
    "data": "Loaders",
    "decode": "Reading recordings",
    "scaling": "Scaling",
    "beside": "Two trainings at once",
}


def main(arguments: list[str]) -> int:
    """Write the pictures, and what stands between the two marks of results.md.

    Raises:
        UserError: no results.md with its marks.
    """
    parser = Parser()
    parser.add_argument("--out", type=Path, default=Path("results/bench"))
    parser.add_argument("--docs", type=Path, default=Path("docs"))
    given = parser.parse_args(arguments)
    rows = read(given.out)
    pages.replace(given.docs / "results.md", "speed", section(rows, draw(rows, given.docs)))
    return 0


def section(rows: Rows, pictures: dict[str, str]) -> str:
    """Return the generated part of results.md; `pictures` are file names by the text that describes them."""
    parts = [f"![{text}]({name})\n" for text, name in pictures.items()]
    parts += ["### What must hold\n", "On a CPU:\n", claims_table(on_cpu(rows))]
    parts += ["On an NVIDIA GPU:\n", claims_table(on_cuda(rows)), "Without a bound:\n", remarks(rows)]
    for name, title in TITLES.items():
        for device, text in (("cpu", "on a CPU"), ("cuda", "on a GPU")):
            found = rows[f"{name}-{device}"]
            if found:
                parts += [f"### {title} {text}\n", f"{place(found)}.\n", TABLES[name](found)]
    return "\n".join(part for part in parts if part)


def draw(rows: Rows, docs: Path) -> dict[str, str]:
    """Draw what was measured."""
    from snnexp.plots.speed import contenders, scaling  # late: matplotlib

    pictures = {}
    panels = {
        "LIF forward and backward (ms)": rows["lif-cpu"],
        "Training step of ResNet-20 (ms)": select(rows["step-cpu"], case="resnet20"),
    }
    if all(panels.values()):
        contenders(docs / "speed.png", panels)
        pictures["Times of the LIF operator and of a training step for each contender"] = "speed.png"
    measured = rows["scaling-cuda"] or rows["scaling-cpu"]
    if measured:
        scaling(docs / "scaling.png", {sweep: select(measured, case=sweep) for sweep in ("T", "N", "width")})
        pictures["Time and memory of a training step of ResNet-20 against T, batch size and width"] = "scaling.png"
    return pictures
