"""Where the configs lie: inside the installed package, or beside it in a checkout."""

from pathlib import Path

from snnexp.errors import UserError


def config_folder() -> Path:
    """Return the folder that holds `train.yaml` and the groups."""
    package = Path(__file__).parents[1]
    return package / "configs" if (package / "configs").is_dir() else package.parent / "configs"


def options(group: str, user_folder: Path | None = None) -> dict[str, Path]:
    """Return the yaml of each choice in a group, ours and those of a user's folder, by name."""
    folders = [config_folder(), *filter(None, [user_folder])]
    found = {path.stem: path for folder in reversed(folders) for path in (folder / group).glob("*.yaml")}
    return {name: path for name, path in sorted(found.items()) if path.is_file()}


def describe(path: Path) -> str:
    """Return the first comment of a yaml that is not Hydra's."""
    comments = [line[1:].strip() for line in path.read_text().splitlines() if line.startswith("#")]
    return next((comment for comment in comments if not comment.startswith("@package")), "")


def existing(config_dir: str | None) -> Path | None:
    """Return the absolute path of a user's folder of configs, where one is given.

    Raises:
        UserError: it is not there.
    """
    if config_dir is None:
        return None
    if not Path(config_dir).is_dir():
        raise UserError(f"--config-dir {config_dir}: no such folder; name one that holds configs, as exp/NAME.yaml")
    return Path(config_dir).resolve()
