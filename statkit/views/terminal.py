"""Tables as text: aligned on the decimal point, the winner marked, never wider than the terminal.

Our own few lines and not a library's: a table library costs several interpreter starts, and this
is on the path of every command.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

from statkit.views.table import Table

_BOLD, _DIM, _GREEN, _END = "\x1b[1m", "\x1b[2m", "\x1b[32m", "\x1b[0m"
_GAP = "  "
_LEAST = 8


def visible(text: str) -> str:
    """Escape control characters, so that a name from a file cannot move the cursor or ring."""
    if text.isprintable():
        return text
    return "".join(
        c if c.isprintable() or c in " " else c.encode("unicode_escape").decode() for c in text
    )


def width_of(text: str) -> int:
    """Count the terminal cells a text takes."""
    if text.isascii():
        return len(text)
    return sum(
        0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text
    )


def clip(text: str, width: int) -> str:
    """Shorten a text in its middle to a number of cells."""
    if width_of(text) <= width:
        return text
    keep = max(1, width - 1)
    head = (keep + 1) // 2
    tail = keep - head
    return text[:head] + "…" + (text[-tail:] if tail else "")


def draw(table: Table, width: int | None = None, colour: bool = False) -> str:
    """Write a table as text.

    Parameters
    ----------
    table : Table
        What to draw.
    width : int or None
        Cells of the terminal; None for as wide as it gets.
    colour : bool
        Bold headings, the winner in green.

    Returns
    -------
    str
        Lines, each ending in a newline.
    """
    lines = [_styled(visible(table.title), _BOLD, colour)] if table.title else []
    if len(table):
        lines += _body(table, width, colour)
    lines += [visible(note) for note in table.notes]
    return "".join(line.rstrip() + "\n" for line in lines)


def _body(table: Table, width: int | None, colour: bool) -> list[str]:
    cells = [[visible(text) for text in row] for row in table.texts()]
    titles = [visible(column.title) for column in table.columns]
    columns = [list(column) for column in zip(*cells, strict=True)]
    columns = [
        _on_point(texts) if column.align == "number" else texts
        for column, texts in zip(table.columns, columns, strict=True)
    ]
    mark = bool(table.marked)
    widths = [
        max(width_of(title), *map(width_of, texts)) for title, texts in zip(titles, columns, strict=True)
    ]
    widths = _fitted(table, widths, None if width is None else width - (2 if mark else 0))
    numeric = [column.align == "number" for column in table.columns]
    lines = [_line(titles, widths, numeric, _DIM if colour else "", "  " if mark else "")]
    for row in range(len(table)):
        won = row in table.marked
        style = _GREEN + _BOLD if won and colour else ""
        lead = ("* " if won else "  ") if mark else ""
        lines.append(_line([texts[row] for texts in columns], widths, numeric, style, lead))
    return lines


def _on_point(texts: Sequence[str]) -> list[str]:
    """Pad numbers on the right so that their decimal points stand in one column."""
    tails = []
    for text in texts:
        number, _, unit = text.partition(" ")
        point = number.find(".")
        after = len(number) - point if point >= 0 and number[:1] not in "–N" else 0
        tails.append(after + (len(unit) + 1 if unit else 0))
    widest = max(tails, default=0)
    return [text + " " * (widest - tail) for text, tail in zip(texts, tails, strict=True)]


def _fitted(table: Table, widths: list[int], width: int | None) -> list[int]:
    """Narrow the columns that give way, the widest of the most willing first."""
    if width is None:
        return widths
    fitted = list(widths)
    over = sum(fitted) + len(_GAP) * (len(fitted) - 1) - width
    for level in sorted({column.give for column in table.columns} - {0}, reverse=True):
        group = [index for index, column in enumerate(table.columns) if column.give == level]
        while over > 0:
            widest = max(group, key=lambda index: fitted[index])
            if fitted[widest] <= _LEAST:
                break
            fitted[widest] -= 1
            over -= 1
    return fitted


def _line(
    texts: Sequence[str], widths: Sequence[int], numeric: Sequence[bool], style: str, lead: str
) -> str:
    cells = []
    for text, width, number in zip(texts, widths, numeric, strict=True):
        text = clip(text, width)
        pad = " " * (width - width_of(text))
        cells.append(pad + text if number else text + pad)
    line = lead + _GAP.join(cells).rstrip()
    return f"{style}{line}{_END}" if style else line


def _styled(text: str, style: str, colour: bool) -> str:
    return f"{style}{text}{_END}" if colour and text else text


_BLOCKS = "▁▂▃▄▅▆▇█"
_ASCII_BLOCKS = "_.-=+*#@"


def sparkline(values: Sequence[float | None], width: int = 32, unicode: bool = True) -> str:
    """Draw a series as one line: each cell the mean of its share of the values.

    Missing and non-finite values leave a gap.
    """
    if not values:
        return ""
    cells = min(width, len(values))
    means: list[float | None] = []
    for cell in range(cells):
        part = values[cell * len(values) // cells : (cell + 1) * len(values) // cells]
        finite = [value for value in part if value is not None and value - value == 0]
        means.append(sum(finite) / len(finite) if finite else None)
    known = [mean for mean in means if mean is not None]
    if not known:
        return ""
    low, high = min(known), max(known)
    blocks = _BLOCKS if unicode else _ASCII_BLOCKS
    span = high - low
    return "".join(
        " " if mean is None else blocks[min(7, int((mean - low) / span * 8)) if span > 0 else 3]
        for mean in means
    )
