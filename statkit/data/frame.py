"""Columns become a pandas or polars frame: one implementation, two engines.

What kind a column is gets decided once, from its values; each engine then only says which of its
dtypes that kind is. Floats show missing and NaN both as NaN in pandas; polars keeps null and NaN.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal

from statkit.json_text import dumps
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
                value
                for _, columns in parts
                for value in (columns.fields.get(name) or [None] * len(columns))
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
            result["value"].append(float(value))
    return result


def kind_of(name: str, column: Sequence[Any]) -> Kind:
    """Decide what a column holds; the catalogue answers for one that holds nothing."""
    if name == "time" and all(value is None or isinstance(value, int | float) for value in column):
        return "time"
    kinds = set(map(type, column)) - {type(None)}
    if not kinds:
        known = lookup(name).kind
        return {"number": "float", "text": "text", "bool": "bool"}.get(known or "", "empty")  # type: ignore[return-value]
    if kinds == {bool}:
        return "bool"
    if kinds == {int}:
        return "int" if all(v is None or -_INT64 <= v < _INT64 for v in column) else "big"
    if kinds <= {int, float}:
        return "float"
    return "list" if kinds == {list} and _plain_lists(column) else "text"


def _plain_lists(column: Sequence[Any]) -> bool:
    """Lists of one scalar kind throughout; anything else is shown as JSON text."""
    inner = {type(item) for value in column if value is not None for item in value}
    return len(inner) <= 1 and not inner & {dict, list, type(None)}


def _texts(column: Sequence[Any]) -> list[str | None]:
    return [v if v is None or isinstance(v, str) else dumps(v) for v in column]


def build(table: Mapping[str, list[Any]], engine: Engine) -> Any:
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
    gaps = any(value is None for value in column)
    if kind == "time":
        return pandas.to_datetime(
            pandas.Series([None if v is None else round(v * 1e6) for v in column], dtype="Int64"),
            unit="us",
            utc=True,
        ).astype("datetime64[us, UTC]")
    if kind == "int":
        return pandas.Series(column, dtype="Int64" if gaps else "int64")
    if kind == "bool":
        return pandas.Series(column, dtype="boolean" if gaps else "bool")
    if kind == "float":
        return pandas.Series(column, dtype="float64")
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
        micros = [None if value is None else round(value * 1e6) for value in column]
        return polars.Series(name, micros, dtype=polars.Int64).cast(polars.Datetime("us", "UTC"))
    if kind == "int":
        return polars.Series(name, column, dtype=polars.Int64)
    if kind == "big":
        fits = all(value is None or -(2**127) <= value < 2**127 for value in column)
        return polars.Series(name, column if fits else _texts(column), dtype=polars.Int128 if fits else None)
    if kind == "float":
        return polars.Series(name, column, dtype=polars.Float64, strict=False)
    if kind == "bool":
        return polars.Series(name, column, dtype=polars.Boolean)
    if kind == "text":
        return polars.Series(name, _texts(column), dtype=polars.String)
    if kind == "list":
        inner = next((type(i) for v in column if v for i in v), str)
        known = {str: polars.String, bool: polars.Boolean, int: polars.Int64, float: polars.Float64}
        return polars.Series(name, column, dtype=polars.List(known.get(inner, polars.String)), strict=False)
    return polars.Series(name, column, dtype=polars.Null)
