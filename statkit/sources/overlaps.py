"""Files that repeat each other's records: which of them count, and in which order.

Ranked by content, never by name. A file whose records all stand in another (most often they open it)
adds nothing; the others are joined, and a record equal in every field counts once.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson

from statkit import json_text
from statkit.layout import natural_key
from statkit.records import Columns, Notice
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
    except TypeError:  # integers beyond 64 bits, or nested too deep
        text = b"null"
    if text.count(b"null") == len(odd):
        text += repr(sorted(odd, key=lambda item: item[0])).encode("utf-8", "replace") if odd else b""
    else:  # in lists or maps: the fast way writes NaN as null
        text = json_text.dumps(dict(sorted(row.items()))).encode()
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
    seen: set[bytes] = set()
    keep: list[int] = []
    for index, place in enumerate(places):
        if often[place] > 1:
            mark = fingerprint(rows[files[index]][columns.provenance["row"][index]])
            if mark in seen:
                continue
            seen.add(mark)
        keep.append(index)
    repeats = len(columns) - len(keep)
    if repeats and len(set(files)) == 1:  # across files it is how they are written
        text = f"{repeats:,} records equal another in every field; counted once"
        columns.notices.append(Notice("duplicate-step", files[0], text))
    times = columns.keys.get("time")
    if times is not None and None not in times:
        keep.sort(key=times.__getitem__)
    return columns if keep == list(range(len(columns))) else columns.take(keep)
