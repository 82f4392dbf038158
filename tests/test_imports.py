"""Who may import whom: arrows point down, parts know no siblings, heavy packages stay where they belong."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
GROUND = {"errors", "private", "randomness"}  # what every module may import
BELOW = {
    "augments": set(),
    "backbones": {"neurons", "norms"},
    "bench": {
        "plots",
        "allocator",
        "backbones",
        "config",
        "datasets",
        "devices",
        "metrics",
        "neurons",
        "norms",
        "ops",
        "pages",
        "places",
        "recording",
    }
    | {"assembly", "contracts", "finished", "surrogates", "trainer", "usage", "versions"},
    "datasets": set(),
    "exports": {"atomic", "checkpoint", "metrics", "neurons", "overrides", "results", "runs"},  # a hub's is a run's
    "launchers": {"devices", "jobs", "processes", "reading", "signals", "submitted", "worker"},
    "losses": set(),
    "metrics": {"neurons"},
    "neurons": {"norms", "ops", "surrogates"},
    "norms": {"ops"},  # norm and neuron may be one operator
    "ops": {"surrogates"},
    "plots": {"atomic", "metrics"},
    "regularizers": {"neurons", "ops", "surrogates"},
    "report": {"atomic", "finished", "hints", "history", "logs", "measurement", "metrics", "overrides", "reading"}
    | {"results", "status", "tables", "usage"},
    "schedules": set(),
    "surrogates": set(),
    "sweepers": {"atomic", "finished", "hints", "jobs", "launchers", "metrics", "overrides", "search", "status"}
    | {"sweep"},
    "tables": {"config", "finished", "hints", "identity", "metrics", "pages", "papers", "places", "results"}
    | {"statistics", "status", "usage", "values"},
    "usage": set(),
}
# What the files of one folder may share (`base` may be a folder); the forms of an operator fall back to its reference.
SHARED = {"base", "layers", "reference"}


def module(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


FILES = {module(path): path for path in sorted((ROOT / "snnexp").rglob("*.py"))}


def imports(path: Path) -> Iterator[tuple[str, bool]]:
    """Names of the modules that a file imports, each with whether that happens late, within a function."""
    tree = ast.parse(path.read_text())
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    late = {id(inner) for function in functions for inner in ast.walk(function)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((alias.name, id(node) in late) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0 and node.module, f"{path}: relative import"
            full = [f"{node.module}.{alias.name}" for alias in node.names]
            yield from ((name if name in FILES else node.module, id(node) in late) for name in full)


IMPORTS = {name: list(imports(path)) for name, path in FILES.items()}
OURS = {name: {used for used, _ in found if used in FILES} for name, found in IMPORTS.items()}


def folder(name: str) -> str:
    """`neurons` of `snnexp.neurons.lif`, `trainer` of `snnexp.trainer`."""
    return name.split(".")[1] if "." in name else ""


def test_no_cycles():
    TopologicalSorter(OURS).prepare()


def test_every_folder_has_its_place():
    assert {path.parent.name for path in (ROOT / "snnexp").glob("*/*.py")} <= BELOW.keys()


@pytest.mark.parametrize("name", [name for name in FILES if folder(name) in BELOW])
def test_folders_import_only_what_lies_below(name: str):
    assert {folder(used) for used in OURS[name]} <= GROUND | BELOW[folder(name)] | {folder(name)}


@pytest.mark.parametrize("name", [name for name in FILES if name.count(".") > 1 and ".base." not in name])
def test_siblings_share_only_their_base(name: str):
    parent = name.rpartition(".")[0]
    siblings = {used.removeprefix(f"{parent}.") for used in OURS[name] if used.rpartition(".")[0] == parent}
    assert siblings <= SHARED


@pytest.mark.parametrize("name", [name for name in FILES if folder(name) not in BELOW])
def test_only_yamls_name_concrete_parts(name: str):
    parts = BELOW.keys() - {"ops", "metrics", "plots"}
    assert {file for used in OURS[name] if folder(used) in parts for file in used.split(".")[2:3]} <= SHARED


def may_import(name: str, package: str, late: bool) -> bool:
    match package:
        case "hydra" | "omegaconf":
            return name in ("snnexp.config", "snnexp.composition", "snnexp.overrides")
        case "triton":
            return name.endswith(("_kernel", ".fused"))
        case "matplotlib":
            return folder(name) == "plots"
        case "nir" | "onnx" | "onnxscript":
            return folder(name) == "exports"
        case "tonic":
            return late and folder(name) == "datasets"
    return True


@pytest.mark.parametrize("name", FILES)
def test_heavy_packages_stay_where_they_belong(name: str):
    assert [used for used, late in IMPORTS[name] if not may_import(name, used.split(".")[0], late)] == []


def test_training_on_images_loads_none_of_what_others_need(tmp_path: Path):
    tiny = ["trainer.epochs=1", "backbone.width=2", "T=1", "device=cpu", f"runs_dir={tmp_path}"]
    code = f"import sys; from snnexp.cli import main; assert main(['train', *{tiny}]) == 0"
    code += "; print('loaded:', *({'tonic', 'matplotlib', 'sklearn', 'torch'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == "loaded: torch" and len(list(tmp_path.glob("*/*/result.json"))) == 1
