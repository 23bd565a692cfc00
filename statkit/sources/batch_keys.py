"""What identifies a batch record: of one record, and of many field by field."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any, Final

from statkit.sources.decoding import Field
from statkit.sources.values import FIRST_SECOND, LAST_SECOND, as_integer, as_seconds

#: The fields that the keys are made of.
KEY_FIELDS: Final = ("batch_idx", "phase", "global_step", "epoch", "timestamp")


def keys_of(record: Mapping[str, Any]) -> dict[str, Any]:
    """Give the keys of one record: ``batch_index``, and those of ``phase, step, epoch, time`` it states."""
    keys: dict[str, Any] = {"batch_index": as_integer(record.get("batch_idx"))}
    phase = record.get("phase")
    if isinstance(phase, str):
        keys["phase"] = phase
    found = (
        ("step", as_integer(record.get("global_step"))),
        ("epoch", as_integer(record.get("epoch"))),
        ("time", as_seconds(record.get("timestamp"))),
    )
    return keys | {key: value for key, value in found if value is not None}


def key_columns(found: Mapping[str, Field], count: int) -> dict[str, Field]:
    """Give the same keys of ``count`` records, None where one does not state it."""
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
