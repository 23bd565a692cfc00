"""One row, and many rows column by column.

`Columns` is what flows through the house: sources make it, history orders it, frames and analysis
take it. A column is a plain list with None where the record had no value; NaN stays NaN.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

#: What identifies a record, in the order the frame shows it. ``time`` is unix seconds, UTC.
KEYS: Final = ("series", "step", "epoch", "phase", "batch_index", "label", "time")

#: Where a record came from, on request.
PROVENANCE: Final = ("format", "file", "row")


def is_number(value: Any) -> bool:
    """Tell whether a value is an integer or a float, NaN and infinity included; truth values are not."""
    return isinstance(value, int | float) and not isinstance(value, bool)


@dataclass(frozen=True, slots=True)
class Record:
    """One row of a series.

    Attributes
    ----------
    step : int or None
        The global optimiser step.
    epoch, batch_index : int or None
        The epoch, and the position within a phase of that epoch.
    phase : str or None
        ``train`` or ``val``.
    label : str or None
        A snapshot's suffix after the step.
    time : float or None
        Unix seconds, UTC.
    values : mapping of str to object
        The fields of the file under their own names; nested maps flattened with a dot.
    """

    step: int | None
    epoch: int | None
    phase: str | None
    batch_index: int | None
    label: str | None
    time: float | None
    values: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Notice:
    """Something a reader should know about the data: one warning.

    Attributes
    ----------
    code : str
        ``skipped-file``, ``duplicate-step``, ``superseded-file``, ``non-finite``, ``mixed-lineage``,
        ``numeric-string``, ``unit-suspect`` or ``no-validation-yet``.
    path : str
        The file or run it is about.
    message : str
        One line.
    """

    code: str
    path: str
    message: str

    def to_dict(self) -> dict[str, str]:
        """Give the three attributes as a dict, for JSON."""
        return {"code": self.code, "path": self.path, "message": self.message}


@dataclass(slots=True)
class Columns:
    """Many records, column by column.

    Attributes
    ----------
    keys : dict of str to list
        One list per name of `KEYS` that exists here, each of ``len(self)``.
    fields : dict of str to list
        One list per field, each of ``len(self)``; None where a record lacks the field.
    provenance : dict of str to list
        ``format``, ``file`` and ``row``.
    notices : list of Notice
        What was skipped, converted or doubted while reading.
    files : int
        How many files were read.
    """

    keys: dict[str, list[Any]] = field(default_factory=dict)
    fields: dict[str, list[Any]] = field(default_factory=dict)
    provenance: dict[str, list[Any]] = field(default_factory=dict)
    notices: list[Notice] = field(default_factory=list)
    files: int = 0

    def __len__(self) -> int:
        for column in self.keys.values():
            return len(column)
        return 0

    @property
    def steps(self) -> list[int | None]:
        """The step of each row."""
        return self.keys.get("step", [None] * len(self))

    def key(self, name: str) -> list[Any]:
        """One key column, all None where this series does not have it."""
        return self.keys.get(name) or [None] * len(self)

    def record(self, row: int) -> Record:
        """One row, with every field it has a value for."""
        keys = {name: column[row] for name, column in self.keys.items() if name != "series"}
        values = {name: column[row] for name, column in self.fields.items() if column[row] is not None}
        return Record(**{name: keys.get(name) for name in KEYS if name != "series"}, values=values)

    def records(self) -> Iterator[Record]:
        """Every row in order."""
        return (self.record(row) for row in range(len(self)))

    def take(self, rows: Sequence[int]) -> Columns:
        """Copy the given rows, in the given order."""

        def taken(columns: dict[str, list[Any]]) -> dict[str, list[Any]]:
            return {name: [column[row] for row in rows] for name, column in columns.items()}

        return Columns(
            taken(self.keys), taken(self.fields), taken(self.provenance), list(self.notices), self.files
        )

    def select(self, fields: Iterable[str]) -> Columns:
        """Keep only the named fields that exist, in the asked order, sharing the lists."""
        chosen = {name: self.fields[name] for name in fields if name in self.fields}
        return Columns(self.keys, chosen, self.provenance, self.notices, self.files)


def concatenate(parts: Sequence[Columns]) -> Columns:
    """Stack several Columns; a column that one part lacks is None there."""
    if len(parts) == 1:
        return parts[0]
    whole = Columns()
    for attribute in ("keys", "fields", "provenance"):
        names = dict.fromkeys(name for part in parts for name in getattr(part, attribute))
        stacked = getattr(whole, attribute)
        for name in names:
            column: list[Any] = []
            for part in parts:
                column.extend(getattr(part, attribute).get(name) or [None] * len(part))
            stacked[name] = column
    whole.notices = [notice for part in parts for notice in part.notices]
    whole.files = sum(part.files for part in parts)
    return whole


#: Levels to which nested maps are flattened; deeper ones stay one value.
FLAT_LEVELS: Final = 100


def flatten(document: Mapping[str, Any], prefix: str = "", levels: int = FLAT_LEVELS) -> dict[str, Any]:
    """Flatten nested maps with a dot, as jq's paths do: ``layer_activity_map.Final Fusion``.

    Lists stay lists. An empty map leaves nothing; a map below ``levels`` levels stays a map. Where
    two paths make one name, the later one wins.
    """
    flat: dict[str, Any] = {}
    for key, value in document.items():
        if type(value) is dict and levels:
            flat.update(flatten(value, f"{prefix}{key}.", levels - 1))
        else:
            flat[prefix + key] = value
    return flat
