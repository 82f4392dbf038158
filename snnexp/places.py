"""Where the configs lie: inside the installed package, or beside it in a checkout."""

from pathlib import Path


def config_folder() -> Path:
    """The folder that holds `train.yaml` and the groups."""
    package = Path(__file__).parent
    return package / "configs" if (package / "configs").is_dir() else package.parent / "configs"


def options(group: str, user_folder: Path | None = None) -> dict[str, Path]:
    """The yaml of each choice in a group, ours and those of a user's folder, by name."""
    folders = [config_folder(), *filter(None, [user_folder])]
    found = {path.stem: path for folder in reversed(folders) for path in (folder / group).glob("*.yaml")}
    return dict(sorted(found.items()))


def describe(path: Path) -> str:
    """The first comment of a yaml that is not Hydra's."""
    comments = [line[1:].strip() for line in path.read_text().splitlines() if line.startswith("#")]
    return next((comment for comment in comments if not comment.startswith("@package")), "")
