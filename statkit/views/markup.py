"""Tables as Markdown and as LaTeX; names from files are inert in both."""

from __future__ import annotations

from collections.abc import Sequence

from statkit.views.table import Table
from statkit.views.terminal import visible

_MARKDOWN = str.maketrans({c: "\\" + c for c in "\\`*_{}[]<>#|~!&$"})
_LATEX = {
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "–": "--",
    "…": r"\ldots{}",
    "≥": r"$\geq$",
    "−": "$-$",
    **{c: "\\" + c for c in "&%$#_{}"},
}


def markdown(tables: Sequence[Table]) -> str:
    """Write tables as GitHub Markdown, numbers on the right, the winner in bold."""
    parts = []
    for table in tables:
        lines = [f"**{_inert(table.title)}**", ""] if table.title else []
        if len(table):
            lines.append(_row([_inert(column.title) for column in table.columns]))
            lines.append(_row(["---:" if c.align == "number" else "---" for c in table.columns]))
            for index, row in enumerate(table.texts()):
                cells = [_inert(cell) for cell in row]
                lines.append(_row([f"**{c}**" for c in cells] if index in table.marked else cells))
        lines += ["", *[_inert(note) + "  " for note in table.notes]] if table.notes else []
        parts.append("\n".join(lines).rstrip() + "\n")
    return "\n".join(parts)


def _row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def _inert(text: str) -> str:
    return visible(text).translate(_MARKDOWN)


def latex(tables: Sequence[Table]) -> str:
    """Write tables as LaTeX ``tabular`` with the rules of the booktabs package, the winner in bold."""
    parts = []
    for table in tables:
        if not len(table):
            continue
        lines = [f"% {visible(table.title)}"] if table.title else []
        align = "".join("r" if column.align == "number" else "l" for column in table.columns)
        lines += [rf"\begin{{tabular}}{{{align}}}", r"\toprule"]
        lines += [" & ".join(_escaped(column.title) for column in table.columns) + r" \\", r"\midrule"]
        for index, row in enumerate(table.texts()):
            cells = [_escaped(cell) for cell in row]
            if index in table.marked:
                cells = [rf"\textbf{{{cell}}}" for cell in cells]
            lines.append(" & ".join(cells) + r" \\")
        lines += [r"\bottomrule", r"\end{tabular}"]
        lines += [f"% {visible(note)}" for note in table.notes]
        parts.append("\n".join(lines) + "\n")
    return "\n".join(parts)


def _escaped(text: str) -> str:
    return "".join(_LATEX.get(c, c) for c in visible(text))
