"""What a column holds: decided once, from its values; each engine then says which of its dtypes that is."""

from __future__ import annotations

import math
from array import array
from collections.abc import Iterable, Sequence
from typing import Any, Final, Literal

from statkit.records import Coded, kinds_of
from statkit.schema import lookup
from statkit.sources.values import LAST_SECOND

Kind = Literal["int", "big", "float", "bool", "text", "list", "time", "empty"]

_INT64 = 2**63


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
        return bool(1e8 < max(-min(column), max(column)) < LAST_SECOND)
    return any(value is not None and abs(value) > 1e8 for value in column) and all(
        value is None or abs(value) < LAST_SECOND for value in column
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


def as_float(value: float) -> float:
    """Give a number as a float; an integer beyond every float is infinite."""
    try:
        return float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf
