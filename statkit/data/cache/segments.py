"""Columns as bytes and back, exactly: what cannot come back the same is not kept at all."""

from __future__ import annotations

import math
from array import array
from collections.abc import Sequence
from typing import Any, Final, NamedTuple

import orjson

#: From this many rows on a column of numbers comes back as a typed array.
AS_ARRAY: Final = 1 << 16

_SCALARS: Final = frozenset({str, bool, int, float, type(None)})


class Segment(NamedTuple):
    """One column as bytes.

    Attributes
    ----------
    kind : str
        ``d``, ``q``: float64, int64; ``D``, ``Q``: the same with gaps, a byte for each row in front;
        ``c``: one value for all rows, as JSON; ``j``: a JSON list.
    data : bytes
        Native byte order.
    """

    kind: str
    data: bytes


def encode(column: Sequence[Any]) -> Segment | None:
    """Make the bytes of a column; None for one that JSON and 64 bits cannot hold exactly."""
    if isinstance(column, array):
        return Segment(column.typecode, column.tobytes())
    kinds = set(map(type, column))
    numbers = kinds - {type(None)}
    try:
        if numbers == {float} or numbers == {int}:
            return _numbers(column, "d" if numbers == {float} else "q", len(kinds) > 1)
        first = column[0] if column else None
        if kinds <= _SCALARS and len(kinds) == 1 and column.count(first) == len(column):
            return Segment("c", orjson.dumps(first))
        if all(map(_exact, column)):
            return Segment("j", orjson.dumps(column))
    except (OverflowError, TypeError):  # integers beyond 64 bits, text that no encoding holds
        pass
    return None


def _numbers(column: Sequence[Any], code: str, gaps: bool) -> Segment:
    if not gaps:
        return Segment(code, array(code, column).tobytes())
    present = bytes(value is not None for value in column)
    filled = array(code, [0 if value is None else value for value in column])
    return Segment(code.upper(), present + filled.tobytes())


def _exact(value: Any, levels: int = 50) -> bool:
    """Tell whether JSON gives this value back: no NaN or infinity, at any depth, and no great depth."""
    kind = type(value)
    if kind is float:
        return math.isfinite(value)
    if kind is list:
        return levels > 0 and all(_exact(item, levels - 1) for item in value)
    if kind is dict:
        return levels > 0 and all(_exact(item, levels - 1) for item in value.values())
    return kind in _SCALARS


def decode(segment: Segment, count: int) -> Sequence[Any]:
    """Give a column of ``count`` rows back.

    Raises
    ------
    ValueError
        If the bytes do not hold that many.
    """
    kind, data = segment
    if kind == "c":
        return [orjson.loads(data)] * count
    if kind == "j":
        column = orjson.loads(data)
        if type(column) is not list or len(column) != count:
            raise ValueError("a column of another length")
        return column
    values = array(kind.lower())
    gaps = kind.isupper()
    values.frombytes(data[count:] if gaps else data)
    if len(values) != count:
        raise ValueError("a column of another length")
    if gaps:
        return [value if there else None for there, value in zip(data, values, strict=False)]
    return values if count >= AS_ARRAY else values.tolist()
