"""The page: one HTML file that holds all it needs and asks no network for anything."""

import hashlib
from base64 import b64encode
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

PARTS = Path(__file__).parent


def render(content: Mapping[str, Any]) -> str:
    """Return the page with this content, all of which is escaped."""
    loader = FileSystemLoader(PARTS)
    environment = Environment(
        loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    script, style = ((PARTS / name).read_text() for name in ("script.js", "style.css"))
    # The browser may run this script and no other, should anything ever slip through.
    allowed = b64encode(hashlib.sha256(script.encode()).digest()).decode()
    return environment.get_template("page.html").render(content, script=script, style=style, allowed=allowed)
