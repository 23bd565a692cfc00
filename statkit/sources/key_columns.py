"""What identifies batch records: of many, field by field."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

from statkit.sources.decoding import Field
from statkit.sources.values import FIRST_SECOND, LAST_SECOND, as_integer, as_seconds


def key_columns(found: Mapping[str, Field], count: int) -> dict[str, Field]:
    """Give the keys of ``count`` records as `keys_of` does, None where one does not state it."""
    keys = {"batch_index": _integers(found.get("batch_idx")) or Field([None] * count, {type(None)})}
    named = (
        ("phase", _texts(found.get("phase"))),
        ("step", _integers(found.get("global_step"))),
        ("epoch", _integers(found.get("epoch"))),
        ("time", _seconds(found.get("timestamp"))),
    )
    return keys | {key: field for key, field in named if field is not None}


def _texts(field: Field | None) -> Field | None:
    if field is None or field.kinds == {str}:
        return field
    return _made(lambda value: value if isinstance(value, str) else None, field)


def _integers(field: Field | None) -> Field | None:
    return field if field is None or field.kinds == {int} else _made(as_integer, field)


def _seconds(field: Field | None) -> Field | None:
    if field is None or field.kinds != {float} or not math.isfinite(sum(field.values)):
        return None if field is None else _made(as_seconds, field)
    sound = min(field.values) > FIRST_SECOND and max(field.values) < LAST_SECOND
    return field if sound else _made(as_seconds, field)


def _made(take: Callable[[Any], Any], field: Field) -> Field | None:
    values = [take(value) for value in field.values]
    return None if values.count(None) == len(values) else Field(values, set(map(type, values)))
