"""Rows in, columns out: the one loop every source fills."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from statkit.json_text import NON_FINITE
from statkit.records import FLAT_LEVELS, Columns, Notice, flatten


class ColumnsBuilder:
    """Collect records of any shape into columns of equal length.

    Parameters
    ----------
    format : str
        The source's name, for the provenance.
    fields : sequence of str or None
        The fields to keep; None keeps all.
    """

    def __init__(self, format: str, fields: Sequence[str] | None = None) -> None:
        self.format = format
        self.wanted = None if fields is None else dict.fromkeys(fields)
        self.count = 0
        self.fields: dict[str, list[Any]] = {}
        self.keys: dict[str, list[Any]] = {}
        self.files: list[str] = []
        self.rows: list[int] = []
        self.notices: list[Notice] = []
        self.file_count = 0

    def add(self, keys: Mapping[str, Any], document: Mapping[str, Any], file: str, row: int = 0) -> None:
        """Add one record: its keys, and its fields as the file holds them (maps are flattened)."""
        _append(self.keys, keys, self.count)
        _append(self.fields, self._chosen(document), self.count)
        self.files.append(file)
        self.rows.append(row)
        self.count += 1

    def _chosen(self, document: Mapping[str, Any]) -> Mapping[str, Any]:
        restored = restore_non_finite(document) if "non_finite" in document else document
        if self.wanted is None:
            return flatten(restored)
        chosen = {}
        for name in self.wanted:
            if "." in name:
                value = dig(restored, name)
                if value is not MISSING:
                    chosen[name] = value
            elif name in restored and type(restored[name]) is not dict:
                chosen[name] = restored[name]
        return chosen

    def build(self, series: str) -> Columns:
        """Finish: pad short columns, add the series and the provenance."""
        for column in (*self.keys.values(), *self.fields.values()):
            column.extend([None] * (self.count - len(column)))
        keys: dict[str, list[Any]] = {"series": [series] * self.count, **self.keys}
        formats: list[Any] = [self.format] * self.count
        provenance: dict[str, list[Any]] = {"format": formats, "file": self.files, "row": self.rows}
        return Columns(keys, self.fields, provenance, self.notices, self.file_count)


def _append(columns: dict[str, list[Any]], row: Mapping[str, Any], count: int) -> None:
    for name, value in row.items():
        column = columns.get(name)
        if column is None:
            column = columns[name] = []
        if len(column) < count:
            column.extend([None] * (count - len(column)))
        column.append(value)


#: What `dig` gives for a name that leads nowhere.
MISSING: Final = object()


def dig(document: Mapping[str, Any], name: str, levels: int = FLAT_LEVELS) -> Any:
    """Follow a dotted name into nested maps, as `flatten` would name it; keys may hold dots themselves.

    `MISSING` if it leads nowhere, or to a map that is flattened.
    """
    found = MISSING
    for key, value in document.items():
        if not name.startswith(key):
            continue
        nested = type(value) is dict and levels
        if len(key) == len(name):
            found = found if nested else value
        elif nested and name[len(key)] == ".":
            inner = dig(value, name[len(key) + 1 :], levels - 1)
            found = found if inner is MISSING else inner
    return found


def restore_non_finite(document: Mapping[str, Any]) -> dict[str, Any]:
    """Put the numbers that strict JSON cannot hold back where the writer's ``non_finite`` map says.

    A map that is not of that kind stays a field like any other.
    """
    marks = document["non_finite"]
    known = isinstance(marks, dict) and all(isinstance(m, str) and m in NON_FINITE for m in marks.values())
    if not known:
        return dict(document)
    restored: dict[str, Any] = {key: value for key, value in document.items() if key != "non_finite"}
    for name, mark in marks.items():
        if name in restored:
            if restored[name] is None:
                restored[name] = NON_FINITE[mark]
        else:
            restored = _planted(restored, name, NON_FINITE[mark]) or restored
    return restored


def _planted(value: Any, path: str, number: float) -> Any:
    """Copy maps and lists down a dotted path to put a number where null is; None if it is not there."""
    if isinstance(value, dict):
        if path in value:
            return {**value, path: number} if value[path] is None else None
        for key, inner in value.items():
            if path.startswith(key + "."):
                made = _planted(inner, path[len(key) + 1 :], number)
                if made is not None:
                    return {**value, key: made}
    if isinstance(value, list):
        head, _, rest = path.partition(".")
        places = {str(place): place for place in range(len(value))}
        if head in places:
            place = places[head]
            found = value[place]
            made = number if found is None and not rest else _planted(found, rest, number)
            return None if made is None else [*value[:place], made, *value[place + 1 :]]
    return None
