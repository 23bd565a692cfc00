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
        self.fields = _Stack()
        self.keys = _Stack()
        self.files: list[str] = []
        self.rows: list[int] = []
        self.notices: list[Notice] = []
        self.file_count = 0

    def add(self, keys: Mapping[str, Any], document: Mapping[str, Any], file: str, row: int = 0) -> None:
        """Add one record: its keys, and its fields as the file holds them (maps are flattened)."""
        self.keys.add(keys)
        self.fields.add(self._chosen(document))
        self.files.append(file)
        self.rows.append(row)

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
        """Finish: turn rows into columns, add the series and the provenance."""
        count = len(self.files)
        keys: dict[str, Sequence[Any]] = {"series": [series] * count, **self.keys.columns()}
        formats = [self.format] * count
        provenance: dict[str, Sequence[Any]] = {"format": formats, "file": self.files, "row": self.rows}
        return Columns(keys, self.fields.columns(), provenance, self.notices, self.file_count)


class _Stack:
    """Rows of names and values; consecutive ones with the same names are turned into columns at once."""

    def __init__(self) -> None:
        self.blocks: list[tuple[tuple[str, ...], list[tuple[Any, ...]]]] = []
        self.names: tuple[str, ...] | None = None

    def add(self, row: Mapping[str, Any]) -> None:
        names = tuple(row)
        if names != self.names:
            self.names = names
            self.blocks.append((names, []))
        self.blocks[-1][1].append(tuple(row.values()))

    def columns(self) -> dict[str, Sequence[Any]]:
        """Make one list a name, None where a row lacks it."""
        made: dict[str, list[Any]] = {name: [] for names, _ in self.blocks for name in names}
        count = 0
        for names, rows in self.blocks:
            for name, values in zip(names, zip(*rows, strict=True), strict=True):
                column = made[name]
                column.extend([None] * (count - len(column)))
                column.extend(values)
            count += len(rows)
        for column in made.values():
            column.extend([None] * (count - len(column)))
        return dict(made)


#: What `dig` gives for a name that leads nowhere.
MISSING: Final = object()


def dig(document: Mapping[str, Any], name: str, levels: int = FLAT_LEVELS) -> Any:
    """Follow a dotted name into nested maps, as `flatten` would name it; keys may hold dots themselves.

    `MISSING` if it leads nowhere, or to a map that is flattened.
    """
    hits: list[tuple[str, Any]] = []
    end = name.find(".") if levels else -1
    while end >= 0:
        inner = document.get(name[:end])
        value = dig(inner, name[end + 1 :], levels - 1) if type(inner) is dict else MISSING
        if value is not MISSING:
            hits.append((name[:end], value))
        end = name.find(".", end + 1)
    if name in document and not (levels and type(document[name]) is dict):
        hits.append((name, document[name]))
    if len(hits) > 1:  # the later key wins, as in `flatten`
        places = list(document)
        hits.sort(key=lambda hit: places.index(hit[0]))
    return hits[-1][1] if hits else MISSING


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
