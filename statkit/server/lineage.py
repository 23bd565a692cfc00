"""Whether rows that a page already has still stand: what is new is sent alone only then."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from typing import Any, Final

from statkit.records import Coded, Columns

#: The keys of a row by which it is known again.
_KEYS: Final = ("step", "epoch", "phase", "batch_index", "time")


class Lineage:
    """Follows one series of a run from one look to the next.

    Parameters
    ----------
    origin : str
        Tells this server's numbers from those of one that ran before.

    Attributes
    ----------
    rows : int
        How many rows there are.
    """

    def __init__(self, origin: str) -> None:
        self.rows = 0
        self._origin = origin
        self._number = 0
        self._seen: list[Sequence[Any]] = []

    @property
    def name(self) -> str:
        """What a page sends back; another name means that its rows stand no more."""
        return f"{self._origin}.{self._number}"

    def follow(self, columns: Columns, metric: str | None) -> None:
        """Take the series as it is now.

        Rows were replaced where the keys of those known, or their values of one metric, are others.
        """
        seen = [columns.key(name) for name in _KEYS]
        if metric is not None and metric in columns.fields:
            seen.append(columns.fields[metric])
        grown = len(columns) >= self.rows and len(seen) >= len(self._seen)
        if not grown or not all(map(starts_alike, self._seen, seen)):
            self._number += 1
        self._seen, self.rows = seen, len(columns)


def starts_alike(old: Sequence[Any], new: Sequence[Any]) -> bool:
    """Tell whether a column begins with another; NaN equals NaN."""
    if old is new:
        return len(old) == len(new)
    start = new[: len(old)]
    if len(start) < len(old):
        return False
    if isinstance(old, array) and isinstance(start, array) and old.typecode == start.typecode:
        return old.tobytes() == start.tobytes()
    if isinstance(old, Coded) and isinstance(start, Coded) and old.values == start.values[: len(old.values)]:
        return old.codes.tolist() == start.codes.tolist()
    if isinstance(old, list) and isinstance(start, list) and old == start:
        return True
    return all(a == b or (a != a and b != b) for a, b in zip(old, start, strict=True))
