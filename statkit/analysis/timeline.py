"""A training in a few rows: the first, the last, the best, and others evenly between."""

from __future__ import annotations

from typing import Final

#: Rows that are shown.
MOST: Final = 20


def milestones(rows: int, best: int | None) -> list[int]:
    """Choose at most `MOST` rows to show, in order.

    Parameters
    ----------
    rows : int
        How many there are.
    best : int or None
        One that is always among them.
    """
    if rows <= MOST:
        return list(range(rows))
    even = MOST - (best is not None)
    chosen = {round(place * (rows - 1) / (even - 1)) for place in range(even)}
    return sorted(chosen | ({best} if best is not None else set()))
