"""The code of a user's own parts, which decides a run's numbers as the config does."""

import ast
import hashlib
import sysconfig
from collections.abc import Iterator, Mapping, Sequence
from importlib.machinery import EXTENSION_SUFFIXES, SOURCE_SUFFIXES
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from snnexp.config.targets import find_targets

SUFFIXES = (*SOURCE_SUFFIXES, *EXTENSION_SUFFIXES)
INSTALLED = {Path(sysconfig.get_path(name)).resolve() for name in ("purelib", "platlib")}


def digests(config: Mapping[str, Any], allow_modules: tuple[str, ...]) -> dict[str, str]:
    """Return for each allowed module in use a SHA-256 of its files, and of those beside them that it imports.

    A package counts whole. What is imported from other places, as installed packages, does not count, nor do loggers.
    """
    targets = [str(target) for key, target in find_targets(config) if not key.startswith("logger.")]
    named = [module for module in allow_modules if any(target.startswith(f"{module}.") for target in targets)]
    return {module: digest(module) for module in sorted(named)}


def digest(module: str) -> str:
    """Compute the SHA-256 over the names and contents of a module's files, wherever these lie."""
    home, total = home_of(module), hashlib.sha256()
    for path in sorted(files(module, home)):
        content = hashlib.sha256(path.read_bytes()).hexdigest()
        total.update(f"{path.relative_to(home)} {content}\n".encode())
    return total.hexdigest()


def home_of(module: str) -> Path:
    """Return the folder that a module is imported from."""
    top = find_spec(module.partition(".")[0])
    assert top is not None, "a module that parts were found in"
    places = [*(top.submodule_search_locations or []), top.origin]
    return Path(str(places[0])).resolve().parent


def files(module: str, home: Path) -> set[Path]:
    """Return the files of a module, or of its whole package, and those below `home` that these import, and so on."""
    names = module.split(".")
    package = home.joinpath(*names).rglob("*.*")
    left = {*located(names, home), *(path for path in package if path.name.endswith(SUFFIXES))}
    found: set[Path] = set()
    while left:
        path = left.pop()
        found.add(path)
        if path.suffix == ".py" and home not in INSTALLED:
            left |= set(imported(path, home)) - found
    return found


def imported(path: Path, home: Path) -> Iterator[Path]:
    """Yield the files below a folder that a file there imports; snnexp's are counted by its numerics."""
    package = path.parent.relative_to(home).parts
    try:
        tree = ast.parse(path.read_bytes())
    except SyntaxError:  # no import of it succeeds
        return
    for node in ast.walk(tree):
        for names in names_of(node, package):
            if names[0] != "snnexp":
                yield from located(names, home)


def located(names: Sequence[str], home: Path) -> Iterator[Path]:
    """Yield the files below a folder that an import of these names reads: modules and their packages."""
    for end in range(1, len(names) + 1):
        place = home.joinpath(*names[:end])
        places = [place.with_name(f"{place.name}{suffix}") for suffix in SUFFIXES]
        yield from (each for each in [*places, place / "__init__.py"] if each.is_file())


def names_of(node: ast.AST, package: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """Yield what an import names, each split at its dots, in full where it is relative to a package."""
    if isinstance(node, ast.Import):
        yield from (tuple(alias.name.split(".")) for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        above = package[: len(package) + 1 - node.level] if node.level else ()
        stem = (*above, *(node.module.split(".") if node.module else ()))
        yield from ((*stem, alias.name) for alias in node.names)
