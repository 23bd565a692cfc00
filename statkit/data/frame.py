"""Columns become a pandas or polars frame: one implementation, two engines.

What kind a column is gets decided once, from its values; each engine then only says which of its
dtypes that kind is. Floats show missing and NaN both as NaN in pandas; polars keeps null and NaN.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, Literal

from statkit.json_text import dumps, speakable
from statkit.layout import natural_key
from statkit.records import KEYS, PROVENANCE, Columns
from statkit.schema import LAYER_PREFIX, lookup

if TYPE_CHECKING:
    import pandas
    import polars

Engine = Literal["pandas", "polars"]
Shape = Literal["wide", "long"]
Kind = Literal["int", "big", "float", "bool", "text", "list", "time", "empty"]

_LONG_KEYS = ("run", "series", "step", "phase", "time")
_INT64 = 2**63


def wide(parts: Sequence[tuple[str, Columns]], provenance: bool = False) -> dict[str, list[Any]]:
    """Stack series of runs into one table: keys, fields, derived, provenance on request.

    Parameters
    ----------
    parts : sequence of (str, Columns)
        The run's name and one of its series.
    provenance : bool
        Add ``format, file, row``.

    Returns
    -------
    dict of str to list
        Columns of equal length; a field named like a key gives way to it. Rows sorted by series,
        phase and step within a run.
    """
    parts = [(name, sort(columns)) for name, columns in parts]
    total = sum(len(columns) for _, columns in parts)
    table: dict[str, list[Any]] = {"run": [name for name, columns in parts for _ in range(len(columns))]}
    for key in (*KEYS, "segment"):
        if any(key in columns.keys for _, columns in parts):
            table[key] = [value for _, columns in parts for value in columns.key(key)]
    for name in field_order(parts):
        if name not in table:
            table[name] = [
                value for _, columns in parts for value in (columns.fields.get(name) or [None] * len(columns))
            ]
    if provenance:
        for name in PROVENANCE:
            table[name] = [value for _, columns in parts for value in columns.provenance[name]]
    assert all(len(column) == total for column in table.values())
    return table


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
    phases, steps = columns.key("phase"), columns.steps
    rows = sorted(
        range(len(columns)),
        key=lambda row: (phases[row] or "", steps[row] if steps[row] is not None else -1),
    )
    return columns if rows == list(range(len(columns))) else columns.take(rows)


def long(table: Mapping[str, list[Any]], fields: Sequence[str]) -> dict[str, list[Any]]:
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
    return result


def kind_of(name: str, column: Sequence[Any]) -> Kind:
    """Decide what a column holds; the catalogue answers for one that holds nothing."""
    kinds = set(map(type, column)) - {type(None)}
    if not kinds:
        return _EMPTY_KEYS.get(name) or _EMPTY[lookup(name).kind]
    if name == "time" and kinds <= {int, float} and _are_dates(column):
        return "time"
    if kinds == {bool}:
        return "bool"
    if kinds == {int}:
        return "int" if _fit(column) else "big"
    if kinds <= {int, float}:
        return "float"
    return "list" if kinds == {list} and _plain_lists(column) else "text"


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


def _floats(column: Sequence[Any]) -> list[float | None]:
    if int not in set(map(type, column)):
        return list(column)
    return [None if value is None else _float(value) for value in column]


def _microseconds(column: Sequence[Any]) -> list[int | None]:
    return [None if value is None else round(value * 1e6) for value in column]


def build(table: Mapping[str, list[Any]], engine: str) -> Any:
    """Make the frame of the asked engine.

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


def _pandas(table: Mapping[str, list[Any]]) -> pandas.DataFrame:
    import pandas

    return pandas.DataFrame({name: pandas_series(name, column) for name, column in table.items()})


def pandas_series(name: str, column: Sequence[Any]) -> Any:
    """Make one pandas Series with the dtype of the column's kind."""
    import pandas

    kind = kind_of(name, column)
    gaps = None in column
    if kind == "time":
        return pandas.to_datetime(
            pandas.Series(_microseconds(column), dtype="Int64"),
            unit="us",
            utc=True,
        ).astype("datetime64[us, UTC]")
    if kind == "int":
        return pandas.Series(column, dtype="Int64" if gaps else "int64")
    if kind == "bool":
        return pandas.Series(column, dtype="boolean" if gaps else "bool")
    if kind == "float":
        return pandas.Series(_floats(column), dtype="float64")
    if kind == "text":
        return pandas.Series(_texts(column), dtype="str")
    return pandas.Series(column, dtype="object")


def _polars(table: Mapping[str, list[Any]]) -> polars.DataFrame:
    import polars

    return polars.DataFrame([_polars_series(name, column) for name, column in table.items()])


def _polars_series(name: str, column: Sequence[Any]) -> polars.Series:
    import polars

    kind = kind_of(name, column)
    if kind == "time":
        moments = polars.Series(name, _microseconds(column), dtype=polars.Int64)
        return moments.cast(polars.Datetime("us", "UTC"))
    if kind == "int":
        return polars.Series(name, column, dtype=polars.Int64)
    if kind == "big":
        fits = all(value is None or -(2**127) <= value < 2**127 for value in column)
        return polars.Series(name, column if fits else _texts(column), dtype=polars.Int128 if fits else None)
    if kind == "float":
        return polars.Series(name, _floats(column), dtype=polars.Float64)
    if kind == "bool":
        return polars.Series(name, column, dtype=polars.Boolean)
    if kind == "text":
        return polars.Series(name, _texts(column), dtype=polars.String)
    if kind == "list":
        inner = next((type(i) for v in column if v for i in v), str)
        known = {str: polars.String, bool: polars.Boolean, int: polars.Int64, float: polars.Float64}
        return polars.Series(name, column, dtype=polars.List(known[inner]))
    return polars.Series(name, column, dtype=polars.Null)
