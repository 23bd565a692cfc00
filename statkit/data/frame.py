"""A table becomes a pandas or polars frame: one implementation, two engines.

Floats show missing and NaN both as NaN in pandas; polars keeps null and NaN.
"""

from __future__ import annotations

import sys
from array import array
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final, Literal

from statkit.data.kinds import as_float, kind_of
from statkit.json_text import dumps, speakable
from statkit.records import Coded, has_gaps

if TYPE_CHECKING:
    import pandas
    import polars

Engine = Literal["pandas", "polars"]


def _texts(column: Sequence[Any]) -> list[str | None]:
    if set(map(type, column)) == {str} and "".join(column).isascii():
        return list(column)
    return [None if value is None else _text(value) for value in column]


def _text(value: Any) -> str:
    if not isinstance(value, str):
        return dumps(value)
    return value if value.isascii() else speakable(value)


def _floats(column: Sequence[Any]) -> Any:
    """Give numbers as floats: a list with None for what is missing, or a numpy array that shares memory."""
    if isinstance(column, array):
        return _shared(column).astype("float64", copy=False)
    if int not in set(map(type, column)):
        return list(column)
    return [None if value is None else as_float(value) for value in column]


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
