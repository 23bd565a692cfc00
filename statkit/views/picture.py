"""A picture as PNG: a sheet, what is drawn on it, and its bytes."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from statkit.views.sheet import Sheet

#: Size of a dashboard in pixels.
WIDTH: Final = 1500
HEIGHT: Final = 1000

_drawing = threading.local()


def rendered(compose: Callable[[Sheet], None], height: int = HEIGHT) -> bytes:
    """Draw on an empty sheet and encode it.

    Each thread keeps one sheet of each height and draws on it again; nothing of matplotlib's global
    state is used.

    Parameters
    ----------
    compose : callable
        Places everything on the sheet.
    height : int
        Pixels; the width is `WIDTH`.
    """
    from statkit.views import png
    from statkit.views.sheet import DPI

    sheet = _sheet(height)
    try:
        compose(sheet)
        return png.encoded(sheet.pixels(), DPI)
    finally:
        sheet.clear()


def _sheet(height: int) -> Sheet:
    from statkit.views.sheet import Sheet

    kept: dict[int, Sheet] | None = getattr(_drawing, "sheets", None)
    if kept is None:
        kept = _drawing.sheets = {}
    if height not in kept:
        kept[height] = Sheet(WIDTH, height)
    return kept[height]
