"""A table as LaTeX, with the rules of booktabs."""

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


def put(page: Page) -> str:
    """The page as a float; the document needs the package booktabs."""
    grids = "\n\n\\medskip\n".join(grid(found) for found in page.grids)
    remarks = "\n".join(rf"{text(remark)}\par" for remark in page.remarks)
    return rf"""% {page.name}; needs \usepackage{{booktabs}}
\begin{{table}}
\centering\footnotesize
\caption{{{text(page.title)}}}
{grids}

\medskip
\raggedright
{remarks}
\end{{table}}
"""


def grid(found: Grid) -> str:
    """A grid as a tabular."""
    columns = "l" + "r" * (len(found.head) - 1)
    body = "\n".join(map(line, found.body))
    return rf"""\begin{{tabular}}{{{columns}}}
\toprule
{line(found.head)}
\midrule
{body}
\bottomrule
\end{{tabular}}"""


def line(cells: tuple[str, ...]) -> str:
    """A line of a tabular."""
    return rf"{' & '.join(map(text, cells))} \\"


def text(plain: str) -> str:
    """Plain text as LaTeX: backticks are a typewriter's, minus signs are long."""
    escaped = "".join(SPECIAL.get(char, char) for char in plain)
    escaped = re.sub(r"`([^`]*)`", r"\\texttt{\1}", escaped)
    return re.sub(r"(?<![\w.=,-])-(?=\d)", "$-$", escaped)
