"""What identifies a batch record."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from statkit.sources.values import as_integer, as_seconds

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
