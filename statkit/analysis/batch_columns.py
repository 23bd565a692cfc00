"""Batch records as a training holds them, put into columns like those read from files."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from statkit.json_text import NON_FINITE
from statkit.records import Columns, flatten

_KEYS: Final = {
    "epoch": "epoch",
    "phase": "phase",
    "batch_index": "batch_idx",
    "time": "timestamp",
}


def columns_of(records: Iterable[Mapping[str, Any]]) -> Columns:
    """Put batch records, as the append-only log holds them, into columns in the order written.

    Parameters
    ----------
    records : iterable of mapping
        Taken one by one. Maps in them are flattened; what ``non_finite`` names is restored.

    Returns
    -------
    Columns
        ``global_step`` is the step, or where it is missing the number of training records before;
        ``timestamp`` is the time, ``batch_idx`` the batch index.
    """
    fields: dict[str, list[Any]] = {}
    count = 0
    for record in records:
        for name, value in _restored(record).items():
            column = fields.setdefault(name, [])
            column.extend([None] * (count - len(column)))
            column.append(value)
        count += 1
    for column in fields.values():
        column.extend([None] * (count - len(column)))
    keys: dict[str, Sequence[Any]] = {"series": ["batch"] * count}
    keys |= {key: fields.get(name, [None] * count) for key, name in _KEYS.items()}
    keys["step"] = _steps(keys["phase"], fields.get("global_step", [None] * count))
    return Columns(keys, dict(fields))


def _steps(phases: Sequence[Any], given: Sequence[Any]) -> list[int]:
    """Take the steps given; a record without one stands after as many training records as came before."""
    steps, trained = [], 0
    for phase, step in zip(phases, given, strict=True):
        steps.append(step if type(step) is int else trained)
        trained += phase == "train"
    return steps


def _restored(record: Mapping[str, Any]) -> dict[str, Any]:
    marks = record.get("non_finite")
    row = flatten({key: value for key, value in record.items() if key != "non_finite"})
    for name, mark in marks.items() if isinstance(marks, dict) else ():
        if row.get(name) is None and mark in NON_FINITE:
            row[name] = NON_FINITE[mark]
    return row
