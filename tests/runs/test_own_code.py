from pathlib import Path

import pytest

from snnexp.config.compose import compose
from snnexp.runs.identity import distinctions, identify
from snnexp.runs.own_code import digests


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Modules of a user's own: one by itself, a package, and helpers beside them."""
    monkeypatch.syspath_prepend(tmp_path)
    files = {
        "own_alone.py": "def late():\n    import own_helper\n",
        "own_helper.py": "from own_far import deep as deeper\n",
        "own_far/__init__.py": "",
        "own_far/deep.py": "from . import sibling\n",
        "own_far/sibling.py": "from ..own_beyond import x\n",
        "own_package/__init__.py": "",
        "own_package/parts.py": "import numpy, snnexp.errors\n",
        "own_unused.py": "",
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


def found(*names: str) -> dict[str, str]:
    return digests({"loss": {"_target_": f"{names[0]}.Part"}}, tuple(names))


@pytest.mark.parametrize(
    ("module", "changed"),
    [
        (
            "own_alone",
            ["own_alone.py", "own_helper.py", "own_far/__init__.py", "own_far/deep.py", "own_far/sibling.py"],
        ),
        ("own_package", ["own_package/__init__.py", "own_package/parts.py"]),
        ("own_package.parts", ["own_package/__init__.py", "own_package/parts.py"]),
    ],
)
def test_code_that_a_part_imports_counts_and_no_other(home: Path, module: str, changed: list[str]):
    before = found(module)
    for path in home.rglob("*.py"):
        text = path.read_text()
        path.write_text(f"{text}# changed")
        assert (found(module) != before) == (path.relative_to(home).as_posix() in changed), path
        path.write_text(text)
    assert found(module) == before and before.keys() == {module}


def test_a_file_more_in_a_package_is_other_code(home: Path):
    before = found("own_package")
    (home / "own_package" / "more.py").write_text("")
    assert found("own_package") != before


def test_moved_code_is_the_same_and_a_module_without_parts_does_not_count(
    home: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
):
    before = found("own_alone", "own_package")
    assert before.keys() == {"own_alone"}
    assert digests({"logger": {"mine": {"_target_": "own_alone.Part"}}}, ("own_alone",)) == {}  # it changes no number
    moved = tmp_path_factory.mktemp("moved")
    home.rename(moved / "home")
    monkeypatch.syspath_prepend(moved / "home")
    assert found("own_alone") == before


def test_a_run_whose_code_has_changed_is_another_run(home: Path):
    (home / "own_loss.py").write_text(
        "from snnexp.losses.cross_entropy import CrossEntropy\n\n\nclass OwnLoss(CrossEntropy):\n    pass\n"
    )
    words = ["device=cpu", "loss._target_=own_loss.OwnLoss"]
    before = identify(compose(words, allow_modules=("own_loss",)), {})
    assert before.record["modules"].keys() == {"own_loss"}
    with (home / "own_loss.py").open("a") as file:
        file.write("# changed\n")
    after = identify(compose(words, allow_modules=("own_loss",)), {})
    assert after.id != before.id and distinctions(after.record, before.record) == ["other code of own_loss"]
