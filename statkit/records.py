"""One row, and many rows column by column.

`Columns` is what flows through the house: sources make it, history orders it, frames and analysis
take it. A column is a sequence with None where the record had no value; NaN stays NaN. Most are
plain lists; those of huge files are `array`, `Coded` or `range`, and nobody writes into those.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain, pairwise, repeat
from typing import Any, Final, overload

#: What identifies a record, in the order the frame shows it. ``time`` is unix seconds, UTC.
KEYS: Final = ("series", "step", "epoch", "phase", "batch_index", "label", "time")

#: Where a record came from, on request.
PROVENANCE: Final = ("format", "file", "row")


def is_number(value: Any) -> bool:
    """Tell whether a value is an integer or a float, NaN and infinity included; truth values are not."""
    return isinstance(value, int | float) and not isinstance(value, bool)


class Coded(Sequence[Any]):
    """A column of few different values: each of them once, and for every row its number.

    Parameters
    ----------
    codes : array of unsigned int
        The place in ``values`` of each row's value.
    values : list
        The different values; None may be one.
    """

    __slots__ = ("codes", "values")

    def __init__(self, codes: array[int], values: list[Any]) -> None:
        self.codes = codes
        self.values = values

    @classmethod
    def same(cls, value: Any, count: int) -> Coded:
        """Make a column that holds one value ``count`` times."""
        return cls(array("B", bytes(count)), [value])

    def __len__(self) -> int:
        return len(self.codes)

    @overload
    def __getitem__(self, place: int) -> Any: ...
    @overload
    def __getitem__(self, place: slice) -> Coded: ...
    def __getitem__(self, place: int | slice) -> Any:
        if isinstance(place, slice):
            return Coded(self.codes[place], self.values)
        return self.values[self.codes[place]]

    def __iter__(self) -> Iterator[Any]:
        return map(self.values.__getitem__, self.codes)

    def __contains__(self, value: object) -> bool:
        return self.count(value) > 0

    def count(self, value: Any) -> int:
        """Count the rows that hold a value."""
        codes = (code for code, known in enumerate(self.values) if known is value or known == value)
        return sum(self.codes.count(code) for code in codes)

    def __repr__(self) -> str:
        return f"Coded({len(self)} rows of {self.values!r})"


def kinds_of(column: Sequence[Any]) -> set[type]:
    """Name the types of a column's values, None left out."""
    if isinstance(column, array):
        return {float if column.typecode in "fd" else int} if len(column) else set()
    if isinstance(column, range):
        return {int} if len(column) else set()
    values = set(map(type, column.values if isinstance(column, Coded) else column)) - {type(None)}
    if isinstance(column, Coded) and len(values) > 1:
        return set(map(type, column)) - {type(None)}
    return values if len(column) else set()


def has_gaps(column: Sequence[Any]) -> bool:
    """Tell whether a column holds None."""
    return not isinstance(column, array | range) and None in column


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
    keys : dict of str to sequence
        One column per name of `KEYS` that exists here, each of ``len(self)``.
    fields : dict of str to sequence
        One column per field, each of ``len(self)``; None where a record lacks the field.
    provenance : dict of str to sequence
        ``format``, ``file`` and ``row``.
    notices : list of Notice
        What was skipped, converted or doubted while reading.
    files : int
        How many files were read.
    """

    keys: dict[str, Sequence[Any]] = field(default_factory=dict)
    fields: dict[str, Sequence[Any]] = field(default_factory=dict)
    provenance: dict[str, Sequence[Any]] = field(default_factory=dict)
    notices: list[Notice] = field(default_factory=list)
    files: int = 0

    def __len__(self) -> int:
        for column in self.keys.values():
            return len(column)
        return 0

    @property
    def steps(self) -> Sequence[int | None]:
        """The step of each row."""
        return self.key("step")

    def key(self, name: str) -> Sequence[Any]:
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
        runs = _runs(rows) if len(rows) >= _WORTH_RUNS else None

        def taken(columns: dict[str, Sequence[Any]]) -> dict[str, Sequence[Any]]:
            return {name: _taken(column, rows, runs) for name, column in columns.items()}

        return Columns(
            taken(self.keys), taken(self.fields), taken(self.provenance), list(self.notices), self.files
        )

    def select(self, fields: Iterable[str]) -> Columns:
        """Keep only the named fields that exist, in the asked order, sharing the lists."""
        chosen = {name: self.fields[name] for name in fields if name in self.fields}
        return Columns(self.keys, chosen, self.provenance, self.notices, self.files)


#: Fewer rows are taken one by one.
_WORTH_RUNS: Final = 4096


def _runs(rows: Sequence[int]) -> list[slice] | None:
    """Split rows into stretches that follow each other; None where they are too short to gain by it."""
    breaks = [place for place, (row, after) in enumerate(pairwise(rows), 1) if after != row + 1]
    if 8 * len(breaks) >= len(rows):
        return None
    ends = chain(breaks, (len(rows),))
    return [slice(rows[start], rows[end - 1] + 1) for start, end in zip((0, *breaks), ends, strict=True)]


def _taken(column: Sequence[Any], rows: Sequence[int], runs: list[slice] | None) -> Sequence[Any]:
    """Copy some rows of a column; an array stays one, what is coded stays coded."""
    if isinstance(column, Coded):
        codes = _taken(column.codes, rows, runs)
        assert isinstance(codes, array)
        return Coded(codes, column.values)
    if not isinstance(column, array | range):
        return [column[row] for row in rows]
    taken = array(column.typecode if isinstance(column, array) else "q")
    for part in runs if runs is not None else ():
        taken.extend(column[part])
    return taken if runs is not None else array(taken.typecode, map(column.__getitem__, rows))


def concatenate(parts: Sequence[Columns]) -> Columns:
    """Stack several Columns; a column that one part lacks is None there."""
    if len(parts) == 1:
        return parts[0]
    whole = Columns()
    for attribute in ("keys", "fields", "provenance"):
        setattr(whole, attribute, stacked([(len(part), getattr(part, attribute)) for part in parts]))
    whole.notices = [notice for part in parts for notice in part.notices]
    whole.files = sum(part.files for part in parts)
    return whole


def stacked(parts: Sequence[tuple[int, Mapping[str, Sequence[Any]]]]) -> dict[str, Sequence[Any]]:
    """Stack columns of the same names; where a part lacks one it is None.

    Parameters
    ----------
    parts : sequence of tuple of int and mapping
        How many rows to take of each, from the first on, and its columns.
    """
    names = dict.fromkeys(name for _, columns in parts for name in columns)
    return {name: _stacked([(count, columns.get(name)) for count, columns in parts]) for name in names}


def _stacked(parts: Sequence[tuple[int, Sequence[Any] | None]]) -> Sequence[Any]:
    """Put pieces one after the other; arrays of one kind make an array, what is coded stays coded."""
    pieces = [(count, column) for count, column in parts if count]
    columns = [column for _, column in pieces]
    if columns and all(isinstance(column, Coded) for column in columns):
        return _stacked_codes([(count, column) for count, column in pieces if isinstance(column, Coded)])
    first = columns[0] if columns else None
    made: Any = []
    if isinstance(first, array) and all(
        isinstance(column, array) and column.typecode == first.typecode for column in columns
    ):
        made = array(first.typecode)
    for count, column in pieces:
        if column is None:
            made.extend(repeat(None, count))
        else:
            made.extend(column if count == len(column) else column[:count])
    return made  # type: ignore[no-any-return]


def _stacked_codes(parts: Sequence[tuple[int, Coded]]) -> Coded:
    """Number the values of all parts anew."""
    values: list[Any] = []
    places: dict[str, int] = {}
    codes = array("I")
    for count, column in parts:
        mapped = []
        for value in column.values:
            key = f"{type(value).__name__} {value!r}"
            if key not in places:
                places[key] = len(values)
                values.append(value)
            mapped.append(places[key])
        codes.extend(map(mapped.__getitem__, column.codes[:count]))
    return Coded(codes if len(values) > 1 << 16 else array("B" if len(values) <= 256 else "H", codes), values)


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
