"""Rows in, columns out: the one loop every source fills."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from statkit.json_text import NON_FINITE
from statkit.records import Columns, Notice, flatten


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
            if name in restored and not isinstance(restored[name], Mapping):
                chosen[name] = restored[name]
            elif "." in name:
                value = dig(restored, name)
                if value is not None:
                    chosen[name] = value
        return chosen

    def build(self, series: str) -> Columns:
        """Finish: pad short columns, add the series and the provenance."""
        for column in (*self.keys.values(), *self.fields.values()):
            column.extend([None] * (self.count - len(column)))
        keys = {"series": [series] * self.count, **self.keys}
        provenance = {"format": [self.format] * self.count, "file": self.files, "row": self.rows}
        return Columns(keys, self.fields, provenance, self.notices, self.file_count)


def _append(columns: dict[str, list[Any]], row: Mapping[str, Any], count: int) -> None:
    for name, value in row.items():
        column = columns.get(name)
        if column is None:
            column = columns[name] = []
        if len(column) < count:
            column.extend([None] * (count - len(column)))
        column.append(value)


def dig(document: Mapping[str, Any], name: str) -> Any:
    """Follow a dotted name into nested maps; keys may hold dots themselves. None if it leads nowhere."""
    for key, value in document.items():
        if key == name:
            return None if isinstance(value, Mapping) else value
        if isinstance(value, Mapping) and name.startswith(key + "."):
            found = dig(value, name[len(key) + 1 :])
            if found is not None:
                return found
    return None


def restore_non_finite(document: Mapping[str, Any]) -> dict[str, Any]:
    """Put the numbers that strict JSON cannot hold back where the writer's ``non_finite`` map says.

    A map that is not of that kind stays a field like any other.
    """
    marks = document["non_finite"]
    if not isinstance(marks, Mapping) or not all(mark in NON_FINITE for mark in marks.values()):
        return dict(document)
    restored = {key: value for key, value in document.items() if key != "non_finite"}
    for name, mark in marks.items():
        _plant(restored, name, NON_FINITE[mark])
    return restored


def _plant(document: dict[str, Any], name: str, value: float) -> None:
    """Set a dotted name; only where the writer left null."""
    if name in document:
        if document[name] is None:
            document[name] = value
        return
    for key, inner in document.items():
        if name.startswith(key + "."):
            rest = name[len(key) + 1 :]
            if isinstance(inner, Mapping):
                copy = dict(inner)
                _plant(copy, rest, value)
                document[key] = copy
                return
            if isinstance(inner, list) and rest.isdecimal() and int(rest) < len(inner):
                document[key] = [*inner[: int(rest)], value, *inner[int(rest) + 1 :]]
                return
