"""A series in one line of block characters."""

from __future__ import annotations

from collections.abc import Sequence

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
