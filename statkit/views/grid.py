"""The frame of every dashboard: a heading, cells of three columns and two rows, and a foot."""

from __future__ import annotations

from typing import Final

from statkit.views.plot_area import FAINT, INK, QUIET
from statkit.views.sheet import Sheet, fitted, speakable, width_of

MARGIN: Final = 34
COLUMNS: Final = 3
ROWS: Final = 2

_GAP: Final = 34
_COLUMN: Final = (1500 - 2 * MARGIN - (COLUMNS - 1) * _GAP) // COLUMNS
_TOP: Final = 96
_ROW: Final = 428
_BETWEEN: Final = 12
_HEAD: Final = 52

#: The most that stands at the right of a title may take, in pixels.
_BESIDE: Final = 880

#: Left, top, width and height of the inside of a cell, in pixels.
Box = tuple[int, int, int, int]


def heading(sheet: Sheet, title: str, places: str, context: str) -> None:
    """Write the title, at its right where it stands, and below what is shown."""
    right = sheet.width - MARGIN
    beside = fitted(speakable(places), 11, False, _BESIDE)
    room = right - MARGIN - width_of(beside, 11) - _GAP
    sheet.text(MARGIN, 44, title, size=17, bold=True, colour=INK, most=room)
    sheet.text(right, 44, beside, size=11, colour=INK, align="right")
    sheet.text(MARGIN, 69, context, size=10, colour=QUIET, most=right - MARGIN)
    sheet.line([(MARGIN, 80), (right, 80)], colour=FAINT, width=1.0)


def cell(sheet: Sheet, column: int, row: int, title: str, about: str, columns: int = 1) -> Box:
    """Write the two lines of a cell, which may be several columns wide, and give its inside."""
    left = MARGIN + column * (_COLUMN + _GAP)
    top = _TOP + row * (_ROW + _BETWEEN)
    width = columns * _COLUMN + (columns - 1) * _GAP
    sheet.text(left, top + 19, title, size=12, bold=True, colour=INK, most=width)
    sheet.text(left, top + 38, about, size=9, colour=QUIET, most=width)
    return left, top + _HEAD, width, _ROW - _HEAD - 6


def blank(sheet: Sheet, box: Box, words: str) -> None:
    """Fill a cell that has nothing to show, and say why."""
    left, top, width, height = box
    sheet.rectangle(left, top, width, height, colour="#f2f2f2")
    most = width - 24
    sheet.text(left + width / 2, top + height / 2, words, size=11, colour=QUIET, align="center", most=most)


def foot(sheet: Sheet, words: str) -> None:
    """Write the last line."""
    most = sheet.width - 2 * MARGIN
    sheet.text(MARGIN, sheet.height - 14, words, size=8.5, colour=QUIET, most=most)
