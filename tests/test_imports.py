"""Who may import whom: rooms stand in one order, parts know no siblings, heavy packages stay where they belong."""

import ast
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
# From the ground up: a room imports from those on the lines before its own, and from none beside it.
LAYERS = (
    {"errors", "randomness"},
    {"files", "machine"},
    {"config"},
    {"surrogates"},
    {"ops"},
    {"norms"},
    {"neurons"},
    {"augments", "backbones", "datasets", "loggers", "losses", "metrics", "mixings", "regularizers", "schedules"},
    {"runs"},
    {"training"},
    {"sweeps", "tables", "plots", "exports"},
    {"report", "bench"},
    {"commands", "notebook"},
)
HEIGHT = {room: height for height, layer in enumerate(LAYERS) for room in layer}
# Rooms whose files work together; in all others files know no siblings.
TOGETHER = {"files", "machine", "config", "runs", "training", "sweeps", "tables", "plots", "commands"}
TOGETHER = {f"snnexp.{room}" for room in TOGETHER}
# Rooms of parts, of which one is chosen by name.
PARTS = {f"snnexp.{room}" for room in LAYERS[3] | LAYERS[5] | LAYERS[6] | LAYERS[7] | {"exports", "report"}}
PARTS -= {"snnexp.metrics"}
PARTS |= {"snnexp.sweeps.launchers", "snnexp.sweeps.sweepers"}
# What the files of one folder may share (`base` may be a folder); the forms of an operator fall back to its reference.
SHARED = {"base", "layers", "reference"}
BUILT_ON = {"snnexp.ops": {"layout", "lif"}}  # `scan` and `norm_lif` stand on the LIF operator


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
    """`neurons` of `snnexp.neurons.lif`, `trainer` of `snnexp.training.trainer`."""
    return name.split(".")[1] if "." in name else ""


def test_no_cycles():
    TopologicalSorter(OURS).prepare()


@pytest.mark.parametrize("name", [name for name in FILES if folder(name) in HEIGHT])
def test_rooms_import_only_what_lies_below(name: str):
    others = {folder(used) for used in OURS[name]} - {"", folder(name)}
    assert [room for room in others if HEIGHT[room] >= HEIGHT[folder(name)]] == []


def test_every_room_has_its_height_and_few_entries_stand_beside_them():
    entries = {path.stem for path in (ROOT / "snnexp").iterdir() if path.is_dir() or path.suffix == ".py"}
    assert entries - {"__init__", "__main__", "__pycache__"} == HEIGHT.keys()
    assert len(list((ROOT / "snnexp").glob("*.*"))) <= 10


@pytest.mark.parametrize("name", [name for name in FILES if name.count(".") > 1 and ".base." not in name])
def test_siblings_share_only_their_base(name: str):
    parent = name.rpartition(".")[0]
    siblings = {used.removeprefix(f"{parent}.") for used in OURS[name] if used.rpartition(".")[0] == parent}
    assert parent in TOGETHER or siblings <= SHARED | BUILT_ON.get(parent, set())


@pytest.mark.parametrize("name", [name for name in FILES if name.rpartition(".")[0] in TOGETHER])
def test_only_yamls_name_concrete_parts(name: str):
    assert {part for used in OURS[name] for room, _, part in [used.rpartition(".")] if room in PARTS} <= SHARED


def test_no_two_classes_have_one_name():
    trees = (ast.parse(path.read_text()) for path in FILES.values())
    names = Counter(node.name for tree in trees for node in ast.walk(tree) if isinstance(node, ast.ClassDef))
    assert [name for name, count in names.items() if count > 1] == []


def may_import(name: str, package: str, late: bool) -> bool:
    match package:
        case "hydra" | "omegaconf":
            return name in ("snnexp.config.compose", "snnexp.config.composition", "snnexp.config.overrides")
        case "triton":
            return name.endswith(("_kernel", ".fused"))
        case "matplotlib":
            return folder(name) == "plots"
        case "nir" | "onnx" | "onnxscript":
            return folder(name) == "exports"
        case "tonic":
            return late and folder(name) == "datasets"
        case "wandb" | "mlflow" | "tensorboard":
            return late and folder(name) == "loggers"
    return True


@pytest.mark.parametrize("name", FILES)
def test_heavy_packages_stay_where_they_belong(name: str):
    assert [used for used, late in IMPORTS[name] if not may_import(name, used.split(".")[0], late)] == []


def test_training_on_images_loads_none_of_what_others_need(tmp_path: Path):
    tiny = ["trainer.epochs=1", "backbone.width=2", "T=1", "device=cpu", f"runs_dir={tmp_path}"]
    code = f"import sys; from snnexp.commands import main; assert main(['train', *{tiny}]) == 0"
    code += "; print('loaded:', *({'tonic', 'matplotlib', 'sklearn', 'torch'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == "loaded: torch" and len(list(tmp_path.glob("*/*/result.json"))) == 1
