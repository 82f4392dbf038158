"""Adds to the site what lies outside docs/ or is made from the code; mkdocs calls the functions named on_*."""

import re
import sys
from pathlib import Path, PurePosixPath

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

sys.path.append(str(Path(__file__).parent))
from made import commands, configs  # beside this file, which mkdocs loads by its path

ROOT = Path(__file__).parents[2]
OUTSIDE = {
    "README.md": "index.md",
    "CONTRIBUTING.md": "contributing.md",
    "CHANGELOG.md": "changelog.md",
    "CITATION.cff": "CITATION.cff",
}
LINK = re.compile(r"(\]\()((?!https?:|#|mailto:)[^)#]+)")


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pages that docs/ does not hold."""
    pages = {page: (ROOT / source).read_text() for source, page in OUTSIDE.items()}
    pages |= {"commands.md": commands(), "configs.md": configs()}
    for page, text in pages.items():
        files.append(File.generated(config, page, content=text))
    return files


def on_page_markdown(markdown: str, page: Page, **_: object) -> str:
    """Lead links between files of the checkout to the pages that show them."""
    sources = {shown: source for source, shown in OUTSIDE.items()}
    source = PurePosixPath(sources.get(page.file.src_uri, f"docs/{page.file.src_uri}"))

    def lead(link: re.Match[str]) -> str:
        place = ROOT.joinpath(source.parent, link[2]).resolve()
        target = place.relative_to(ROOT).as_posix() if place.is_relative_to(ROOT) else link[2]
        return link[1] + OUTSIDE.get(target, target.removeprefix("docs/"))

    return LINK.sub(lead, markdown)
