"""What is kept of one source: its columns, and the same as bytes."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from statkit.data.cache.segments import Segment, encode
from statkit.records import Columns


@dataclass(slots=True)
class Kept:
    """The columns of one source.

    Attributes
    ----------
    fields : frozenset of str or None
        The fields that were asked of the source; None for all.
    rows : sequence of int
        For each record, its file's place in the listing.
    columns : Columns
        As the source gave them; without format and file.
    settled : bool
        Whether there was nothing to mend and nothing to order in them.
    """

    fields: frozenset[str] | None
    rows: Sequence[int]
    columns: Columns
    settled: bool = False


@dataclass(slots=True)
class Packed:
    """The columns of one source as bytes, exactly what `Kept` becomes and is made of."""

    head: dict[str, Any]
    parts: dict[str, dict[str, Segment]]


def pack(kept: Kept) -> Packed | None:
    """Make bytes of columns; None where one of them cannot be kept exactly."""
    columns = kept.columns
    whole: dict[str, Mapping[str, Sequence[Any]]] = {
        "places": {"file": kept.rows, "row": columns.provenance["row"]},
        "keys": columns.keys,
        "columns": columns.fields,
    }
    parts: dict[str, dict[str, Segment]] = {}
    for part, named in whole.items():
        parts[part] = {}
        for name, column in named.items():
            segment = encode(column)
            if segment is None:
                return None
            parts[part][name] = segment
    head = {
        "fields": None if kept.fields is None else sorted(kept.fields),
        "count": len(columns),
        "files": columns.files,
        "notices": [[notice.code, notice.path, notice.message] for notice in columns.notices],
        "settled": kept.settled,
    }
    return Packed(head, parts)


def chosen(names: Iterable[str], known: Collection[str] | None, wanted: Collection[str]) -> list[str]:
    """Name the wanted fields in the order in which a reading of these alone gives them.

    Parameters
    ----------
    names : iterable of str
        The fields that were found.
    known : collection of str or None
        The fields that were asked for then; None for all, which come in the order of the file.
    wanted : collection of str
        The fields that are asked for now.
    """
    found = [name for name in names if name in wanted]
    return found if known is not None else sorted(found)
