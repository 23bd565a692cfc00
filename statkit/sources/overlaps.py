"""Files that repeat each other's records: which of them count, and in which order.

Ranked by content, never by name. A file whose records all stand in another (most often they open it)
adds nothing; the others are joined, and a record equal in every field counts once.
"""

from __future__ import annotations

import math
from array import array
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import islice, pairwise
from operator import le, lt
from typing import Any

import orjson

from statkit import json_text
from statkit.layout import natural_key
from statkit.records import Coded, Columns, Notice, has_gaps
from statkit.sources.base import File
from statkit.sources.values import as_integer, as_seconds

Row = dict[str, Any]


@dataclass(slots=True)
class Listing:
    """One file's records, or the summary of one that has none.

    Attributes
    ----------
    file : File
        Where they are from.
    rows : list of dict
        The records, in list order.
    summary : dict or None
        What the file says in their place.
    lost : str
        One sentence on records that could not be read; empty where all could.
    repeats : bool
        Whether the file is meant to hold what others hold: the log, or the records of one epoch.
        Then nobody is told that it does.
    """

    file: File
    rows: list[Row]
    summary: dict[str, Any] | None = None
    lost: str = ""
    repeats: bool = False
    _prints: list[bytes] = field(default_factory=list)
    _known: frozenset[bytes] = frozenset()

    def fingerprints(self) -> list[bytes]:
        """Every record as bytes that tell it from any other."""
        if not self._prints:
            self._prints = [fingerprint(row) for row in self.rows]
        return self._prints

    def holds(self, other: Listing) -> bool:
        """Tell whether every record of another stands here too."""
        if not self._known:
            self._known = frozenset(self.fingerprints())
        return fingerprint(other.rows[0]) in self._known and self._known.issuperset(other.fingerprints())


def fingerprint(row: Row) -> bytes:
    """Make 16 bytes that are equal for records equal in every field, in any order; NaN equals NaN."""
    from hashlib import blake2b

    odd = [(key, value) for key, value in row.items() if value is None or _non_finite(value)]
    try:
        text = orjson.dumps(row, option=orjson.OPT_SORT_KEYS)
        plain = text.count(b"null") == len(odd)
    except TypeError:  # integers beyond 64 bits, or nested too deep
        plain = False
    if not plain:  # in lists or maps the fast way writes NaN as null
        text = json_text.dumps(dict(sorted(row.items()))).encode()
    if odd:
        text += repr(sorted(odd, key=lambda item: item[0])).encode("utf-8", "replace")
    return blake2b(text, digest_size=16).digest()


def _non_finite(value: Any) -> bool:
    return type(value) is float and value - value != 0.0


def distinct(listings: Sequence[Listing], notices: list[Notice]) -> list[Listing]:
    """Drop each listing that another one holds; the rest in order of their first records."""
    kept: list[Listing] = []
    for listing in sorted((item for item in listings if item.rows), key=lambda item: -len(item.rows)):
        cover = next((other for other in kept if other.holds(listing)), None)
        if cover is None:
            kept.append(listing)
        elif not (listing.repeats or cover.repeats):
            text = f"its {len(listing.rows):,} records all stand in {cover.file.name}; dropped"
            notices.append(Notice("superseded-file", listing.file.name, text))
    return sorted(kept, key=_first)


def _first(listing: Listing) -> tuple[Any, ...]:
    """Order by what the first record says: its time, its step, its epoch; else by the file's name."""
    row = listing.rows[0]
    places = (as_integer(row.get(name)) for name in ("global_step", "epoch"))
    said = (as_seconds(row.get("timestamp")), *places)
    return (*(math.inf if value is None else value for value in said), natural_key(listing.file.name))


def without_repeats(columns: Columns, listings: Sequence[Listing]) -> Columns:
    """Keep the first of records equal in every field, then put rows in order of time if all have it."""
    files = columns.provenance["file"]
    rows = {listing.file.name: listing.rows for listing in listings}
    places = list(zip(*(columns.key(name) for name in ("phase", "batch_index", "time", "step")), strict=True))
    often = Counter(places)
    suspects = [index for index, place in enumerate(places) if often[place] > 1]
    numbers = columns.provenance["row"]
    records = ((index, rows[files[index]][numbers[index]]) for index in suspects)
    return in_time(columns, repeated(records))


def repeated(records: Iterable[tuple[int, Row]]) -> set[int]:
    """Name the rows, of those given with their records, that equal an earlier one in every field."""
    seen: set[bytes] = set()
    again = set()
    for index, record in records:
        mark = fingerprint(record)
        if mark in seen:
            again.add(index)
        seen.add(mark)
    return again


def in_time(columns: Columns, dropped: Collection[int]) -> Columns:
    """Drop rows that repeat others, with a notice within one file; then order by time if all have it."""
    files = columns.provenance["file"]
    if dropped and len(set(files)) == 1:  # across files it is how they are written
        text = f"{len(dropped):,} records equal another in every field; counted once"
        columns.notices.append(Notice("duplicate-step", files[0], text))
    times = columns.keys.get("time")
    if times is not None and (has_gaps(times) or all(map(le, times, islice(times, 1, None)))):
        times = None
    if not dropped and times is None:
        return columns
    keep = [index for index in range(len(columns)) if index not in dropped]
    if times is not None:
        keep.sort(key=times.__getitem__)
    return columns.take(keep)


def suspects(columns: Columns) -> list[int]:
    """Name the rows that agree with another in all that was read, so that they may be equal altogether.

    Columns of unequal values in rising order (times, mostly) tell at once that there are none.
    """
    times = columns.keys.get("time")
    if times is not None and not has_gaps(times) and all(map(lt, times, islice(times, 1, None))):
        return []
    compact = [_hashable(column) for column in (*columns.keys.values(), *columns.fields.values())]
    marks = array("q", map(hash, zip(*(column for column in compact if column is not None), strict=True)))
    twice = {mark for mark, after in pairwise(sorted(marks)) if mark == after}
    return [row for row, mark in enumerate(marks) if mark in twice] if twice else []


def _hashable(column: Sequence[Any]) -> Iterable[Any] | None:
    """Values that are equal where the column's are, NaN like NaN; None where that is not told cheaply."""
    if isinstance(column, Coded):
        return column.codes
    if not isinstance(column, array):
        return None
    if column.typecode == "d" and math.isnan(sum(column)):
        return (None if value != value else value for value in column)
    return column
