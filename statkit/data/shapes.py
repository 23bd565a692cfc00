"""Columns become one table: wide, one row a record, or long, one row a number."""

from __future__ import annotations

import operator
from array import array
from collections.abc import Mapping, Sequence
from itertools import islice
from typing import Any, Literal

from statkit.data.kinds import as_float, kind_of
from statkit.layout import natural_key
from statkit.records import KEYS, PROVENANCE, Coded, Columns
from statkit.schema import LAYER_PREFIX

Shape = Literal["wide", "long"]

_LONG_KEYS = ("run", "series", "step", "phase", "time")


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
            result["value"].append(as_float(value))
    return {**result}
