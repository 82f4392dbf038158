"""A table as LaTeX, with the rules of booktabs, as wide as the text at most."""

import re

from snnexp.tables.base import Grid, Page

SPECIAL = {char: rf"\{char}" for char in "&%$#_{}"} | {
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": "$<$",
    ">": "$>$",
    "±": r"$\pm$",
}
BREAK = re.compile(r" (?=\[|against )|(?<=[,:]) (?![^[]*\])")  # before a bracket, after what ends in a comma or a colon


def put(page: Page) -> str:
    """Return the page as a float; the document needs the packages booktabs and graphicx."""
    grids = "\n\n\\medskip\n".join(grid(found) for found in page.grids)
    remarks = "\n".join(rf"{text(remark)}\par" for remark in page.remarks)
    return rf"""% {page.name}; needs \usepackage{{booktabs,graphicx}}
\begin{{table}}
\centering\footnotesize\setlength{{\tabcolsep}}{{3pt}}
\caption{{{text(page.title)}}}
{grids}

\medskip
\raggedright
{remarks}
\end{{table}}
"""


def grid(found: Grid) -> str:
    """Return a grid as a tabular, made smaller where it is wider than the text."""
    columns = "l" + "r" * (len(found.head) - 1)
    body = "\n\\addlinespace\n".join(line(cells, "t") for cells in found.body)
    return rf"""\resizebox{{\ifdim\width>\linewidth\linewidth\else\width\fi}}{{!}}{{%
\begin{{tabular}}{{{columns}}}
\toprule
{line(found.head, "b")}
\midrule
{body}
\bottomrule
\end{{tabular}}}}"""


def line(cells: tuple[str, ...], where: str) -> str:
    """Return a line of a tabular, whose cells begin (`t`) or end (`b`) at one height."""
    first, *rest = cells
    return rf"{' & '.join([stack(first, 'l', where), *(stack(cell, 'r', where) for cell in rest)])} \\"


def stack(cell: str, column: str, where: str) -> str:
    """Return a cell, in lines of its own where it can be broken."""
    parts = [text(part) for part in BREAK.split(cell)]
    if len(parts) == 1:
        return parts[0]
    lines = r"\\{}".join(parts)  # without the braces a bracket that follows would be a distance
    return rf"\begin{{tabular}}[{where}]{{@{{}}{column}@{{}}}}{lines}\end{{tabular}}"


def text(plain: str) -> str:
    """Write plain text as LaTeX: backticks are a typewriter's, minus signs are long."""
    escaped = "".join(SPECIAL.get(char, char) for char in plain)
    escaped = re.sub(r"`([^`]*)`", r"\\texttt{\1}", escaped)
    return re.sub(r"(?<![\w.=,-])-(?=\d)", "$-$", escaped)
