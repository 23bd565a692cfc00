"""Columns become a pandas or polars frame: one implementation, two engines.

What kind a column is gets decided once, from its values; each engine then only says which of its
dtypes that kind is. Floats show missing and NaN both as NaN in pandas; polars keeps null and NaN.
"""

from __future__ import annotations

import math
import operator
import sys
from array import array
from collections.abc import Iterable, Mapping, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any, Final, Literal

from statkit.json_text import dumps, speakable
from statkit.layout import natural_key
from statkit.records import KEYS, PROVENANCE, Coded, Columns, has_gaps, kinds_of
from statkit.schema import LAYER_PREFIX, lookup

if TYPE_CHECKING:
    import pandas
    import polars

Engine = Literal["pandas", "polars"]
Shape = Literal["wide", "long"]
Kind = Literal["int", "big", "float", "bool", "text", "list", "time", "empty"]

_LONG_KEYS = ("run", "series", "step", "phase", "time")
_INT64 = 2**63


def wide(parts: Sequence[tuple[str, Columns]], provenance: bool = False) -> dict[str, Sequence[Any]]:
    """Stack series of runs into one table: keys, fields, derived, provenance on request.

    Parameters
    ----------
    parts : sequence of (str, Columns)
        The run's name and one of its series.
    provenance : bool
        Add ``format, file, row``.

    Returns
    -------
    dict of str to sequence
        Columns of equal length; a field named like a key gives way to it. Rows sorted by series,
        phase and step within a run.
    """
    parts = [(name, sort(columns)) for name, columns in parts]
    total = sum(len(columns) for _, columns in parts)
    table: dict[str, Sequence[Any]] = {
        "run": _stacked([Coded.same(name, len(columns)) for name, columns in parts])
    }
    for key in (*KEYS, "segment"):
        if any(key in columns.keys for _, columns in parts):
            table[key] = _stacked([columns.key(key) for _, columns in parts])
    for name in field_order(parts):
        if name not in table:
            table[name] = _stacked(
                [columns.fields.get(name) or [None] * len(columns) for _, columns in parts]
            )
    if provenance:
        for name in PROVENANCE:
            table[name] = _stacked([columns.provenance[name] for _, columns in parts])
    assert all(len(column) == total for column in table.values())
    return table


def _stacked(columns: Sequence[Sequence[Any]]) -> Sequence[Any]:
    """Put columns below each other; one alone is taken as it is."""
    return columns[0] if len(columns) == 1 else [value for column in columns for value in column]


def field_order(parts: Sequence[tuple[str, Columns]]) -> list[str]:
    """Order fields as files show them; layers of one map in natural order, where the first stands."""
    names = list(dict.fromkeys(name for _, columns in parts for name in columns.fields))
    layers = sorted((name for name in names if name.startswith(LAYER_PREFIX)), key=natural_key)
    ordered: list[str] = []
    for name in names:
        if not name.startswith(LAYER_PREFIX):
            ordered.append(name)
        elif layers:
            ordered += layers
            layers = []
    return ordered


def sort(columns: Columns) -> Columns:
    """Sort rows by phase and step; rows of one step keep their order."""
    phases, steps = columns.keys.get("phase"), columns.steps
    if phases is None and _is_rising(steps):
        return columns
    if isinstance(steps, array) and isinstance(phases, Coded | None):
        return _sorted_arrays(columns, phases, steps)
    phases = columns.key("phase")
    rows = sorted(
        range(len(columns)),
        key=lambda row: (phases[row] or "", steps[row] if steps[row] is not None else -1),
    )
    return columns if rows == list(range(len(columns))) else columns.take(rows)


def _is_rising(steps: Sequence[Any]) -> bool:
    try:
        return all(map(operator.le, steps, islice(steps, 1, None)))
    except TypeError:  # a row without a step
        return False


def _sorted_arrays(columns: Columns, phases: Coded | None, steps: array[int]) -> Columns:
    import numpy

    order = [numpy.frombuffer(steps, numpy.int64)]
    if phases is not None:
        ranks = {name: rank for rank, name in enumerate(sorted({name or "" for name in phases.values}))}
        by_code = numpy.array([ranks[name or ""] for name in phases.values], numpy.int32)
        order.append(by_code[numpy.frombuffer(phases.codes, phases.codes.typecode)])
    rows = numpy.lexsort(order)
    if (rows[1:] > rows[:-1]).all():
        return columns
    return columns.take(array("q", rows.astype(numpy.int64).tobytes()))


def long(table: Mapping[str, Sequence[Any]], fields: Sequence[str]) -> dict[str, Sequence[Any]]:
    """Melt a wide table: one row a number; what is missing leaves no row, NaN does.

    Truth values, text and lists have no place in a column of numbers and are left out.
    """
    numeric = [name for name in fields if kind_of(name, table[name]) in ("int", "big", "float")]
    keys = [key for key in _LONG_KEYS if key in table]
    result: dict[str, list[Any]] = {key: [] for key in (*keys, "metric", "value")}
    for row in range(len(table["run"])):
        for name in numeric:
            value = table[name][row]
            if value is None:
                continue
            for key in keys:
                result[key].append(table[key][row])
            result["metric"].append(name)
            result["value"].append(_float(value))
    return {**result}


def kind_of(name: str, column: Sequence[Any]) -> Kind:
    """Decide what a column holds; the catalogue answers for one that holds nothing."""
    kinds = kinds_of(column)
    if not kinds:
        return _EMPTY_KEYS.get(name) or _EMPTY[lookup(name).kind]
    if name == "time" and kinds <= {int, float} and _are_dates(column):
        return "time"
    if kinds == {bool}:
        return "bool"
    if kinds == {int}:
        return "int" if isinstance(column, array | range) or _fit(column) else "big"
    if kinds <= {int, float}:
        return "float"
    values = column.values if isinstance(column, Coded) else column
    return "list" if kinds == {list} and _plain_lists(values) else "text"


_EMPTY: Final[dict[str | None, Kind]] = {
    "number": "float",
    "text": "text",
    "bool": "bool",
    "list": "list",
    None: "empty",
}
_EMPTY_KEYS: Final[dict[str, Kind]] = {
    "run": "text",
    "series": "text",
    "step": "int",
    "epoch": "int",
    "phase": "text",
    "batch_index": "int",
    "label": "text",
    "time": "time",
}


def _are_dates(column: Sequence[Any]) -> bool:
    """Tell moments from seconds counted since the start: one of them is after March 1973."""
    if isinstance(column, array):
        return bool(1e8 < max(-min(column), max(column)) < 253_402_300_800)
    return any(value is not None and abs(value) > 1e8 for value in column) and all(
        value is None or abs(value) < 253_402_300_800 for value in column
    )


def _fit(numbers: Iterable[Any]) -> bool:
    """Tell whether integers (None apart) fit into 64 bits."""
    known = [number for number in numbers if number is not None]
    return not known or (min(known) >= -_INT64 and max(known) < _INT64)


def _plain_lists(column: Sequence[Any]) -> bool:
    """Lists of one scalar kind throughout; anything else is shown as JSON text."""
    items = [item for value in column if value is not None for item in value]
    kinds = set(map(type, items))
    return kinds in ({str}, {bool}, {float}, set()) or (kinds == {int} and _fit(items))


def _texts(column: Sequence[Any]) -> list[str | None]:
    if set(map(type, column)) == {str} and "".join(column).isascii():
        return list(column)
    return [None if value is None else _text(value) for value in column]


def _text(value: Any) -> str:
    if not isinstance(value, str):
        return dumps(value)
    return value if value.isascii() else speakable(value)


def _float(value: float) -> float:
    try:
        return float(value)
    except OverflowError:  # an integer beyond every float
        return math.inf if value > 0 else -math.inf


def _floats(column: Sequence[Any]) -> Any:
    """Give numbers as floats: a list with None for what is missing, or a numpy array that shares memory."""
    if isinstance(column, array):
        return _shared(column).astype("float64", copy=False)
    if int not in set(map(type, column)):
        return list(column)
    return [None if value is None else _float(value) for value in column]


def _shared(column: array[Any]) -> Any:
    """See an array as one of numpy, without copying; read-only, for it is the run's own."""
    import numpy

    seen = numpy.frombuffer(column, column.typecode)
    seen.flags.writeable = False
    return seen


def _integers(column: Sequence[Any]) -> Any:
    if isinstance(column, range):
        column = array("q", column)
    return _shared(column) if isinstance(column, array) else list(column)


def _microseconds(column: Sequence[Any]) -> Any:
    if isinstance(column, array):
        return (_shared(column) * 1e6).round().astype("int64")
    return [None if value is None else round(value * 1e6) for value in column]


def build(table: dict[str, Any], engine: str) -> Any:
    """Make the frame of the asked engine; the table is emptied column by column, to spare memory.

    Raises
    ------
    UsageError
        If the engine is neither pandas nor polars.
    """
    if engine == "pandas":
        return _pandas(table)
    if engine == "polars":
        return _polars(table)
    from statkit.errors import UsageError

    raise UsageError(f"engine {engine!r} is unknown; possible: pandas, polars.")


def _pandas(table: dict[str, Any]) -> pandas.DataFrame:
    import pandas

    return pandas.DataFrame({name: pandas_series(name, table.pop(name)) for name in list(table)})


def pandas_series(name: str, column: Sequence[Any]) -> Any:
    """Make one pandas Series with the dtype of the column's kind."""
    import pandas

    kind = kind_of(name, column)
    gaps = has_gaps(column)
    if kind == "time":
        return pandas.to_datetime(
            pandas.Series(_microseconds(column), dtype="Int64"),
            unit="us",
            utc=True,
        ).astype("datetime64[us, UTC]")
    if kind == "int":
        return pandas.Series(_integers(column), dtype="Int64" if gaps else "int64", copy=True)
    if kind == "bool":
        return pandas.Series(list(column), dtype="boolean" if gaps else "bool")
    if kind == "float":
        return pandas.Series(_floats(column), dtype="float64", copy=True)
    if kind == "text":
        return pandas.Series(_texts(column), dtype="str")
    return pandas.Series(list(column), dtype="object")


def _polars(table: dict[str, Any]) -> polars.DataFrame:
    import polars

    return polars.DataFrame([_polars_series(name, table.pop(name)) for name in list(table)])


def _polars_numbers(name: str, column: array[Any]) -> polars.Series:
    """Make a series of an array: without numpy where its import costs more than it saves."""
    import polars

    if len(column) < _WORTH_NUMPY and "numpy" not in sys.modules:
        dtype = polars.Float64 if column.typecode == "d" else polars.Int64
        return polars.Series(name, column, dtype=dtype)
    return polars.Series(name, _shared(column))


#: Rows from which sharing an array's memory repays the import of numpy.
_WORTH_NUMPY: Final = 1_000_000


def _polars_series(name: str, column: Sequence[Any]) -> polars.Series:
    import polars

    kind = kind_of(name, column)
    if isinstance(column, Coded) and kind in ("text", "list"):
        return _polars_series(name, column.values).gather(_polars_numbers("", column.codes))
    if kind == "time":
        moments = polars.Series(name, _microseconds(column), dtype=polars.Int64)
        return moments.cast(polars.Datetime("us", "UTC"))
    if isinstance(column, array) and kind in ("int", "float"):
        return _polars_numbers(name, column)
    if kind == "int":
        return polars.Series(name, _integers(column), dtype=polars.Int64)
    if kind == "big":
        fits = all(value is None or -(2**127) <= value < 2**127 for value in column)
        return polars.Series(name, column if fits else _texts(column), dtype=polars.Int128 if fits else None)
    if kind == "float":
        return polars.Series(name, _floats(column), dtype=polars.Float64)
    if kind == "bool":
        return polars.Series(name, list(column), dtype=polars.Boolean)
    if kind == "text":
        return polars.Series(name, _texts(column), dtype=polars.String)
    if kind == "list":
        inner = next((type(i) for v in column if v for i in v), str)
        known = {str: polars.String, bool: polars.Boolean, int: polars.Int64, float: polars.Float64}
        return polars.Series(name, column, dtype=polars.List(known[inner]))
    return polars.Series(name, list(column), dtype=polars.Null)
