"""How far a table has been looked at, so that no row between two looks is missed."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Final

from statkit.records import Columns

#: What a row is known by, whichever file holds it: a final file replaces the growing one.
_KNOWN_BY: Final = ("step", "phase", "batch_index", "time")


@dataclass(frozen=True, slots=True)
class Mark:
    """A place in a table that grows.

    Attributes
    ----------
    rows : int
        How many rows have been looked at.
    last : tuple
        What the last of them is known by.
    time : float or None
        Unix seconds of the latest of them; None where they have no times.
    """

    rows: int
    last: tuple[Hashable, ...]
    time: float | None


#: Nothing has been looked at.
START: Final = Mark(0, (), None)


def mark_of(columns: Columns) -> Mark:
    """Mark the end of a table."""
    if not len(columns):
        return START
    times = [time for time in columns.key("time") if time is not None]
    return Mark(len(columns), _known(columns, len(columns) - 1), max(times, default=None))


def news(columns: Columns, mark: Mark) -> Sequence[int]:
    """Give the rows behind a mark.

    Where rows before it have changed (a rewind), those written later than all that was looked at; all of
    them, where rows have no times.
    """
    if mark.rows <= len(columns) and (not mark.rows or _known(columns, mark.rows - 1) == mark.last):
        return range(mark.rows, len(columns))
    if mark.time is None:
        return range(len(columns))
    times = columns.key("time")
    return [row for row, time in enumerate(times) if time is not None and time > mark.time]


def _known(columns: Columns, row: int) -> tuple[Hashable, ...]:
    return tuple(columns.key(name)[row] for name in _KNOWN_BY if name in columns.keys)
