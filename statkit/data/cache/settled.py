"""When rows need no mending and no ordering: learnt once, kept, and true of what is added behind them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any

from statkit.data import history
from statkit.records import Columns, kinds_of
from statkit.sources.values import normalise


def is_same(read: Columns, ordered: Columns) -> bool:
    """Tell whether nothing was mended, left out, put in order or remarked on."""
    return (
        len(ordered) == len(read)
        and ordered.notices == read.notices
        and all(ordered.fields.get(name) is column for name, column in read.fields.items())
        and all(ordered.provenance.get(name) is column for name, column in read.provenance.items())
        and all(_is_sound(kinds_of(column)) for column in read.fields.values())
    )


def _is_sound(kinds: set[type]) -> bool:
    """Tell a column of one kind: nothing in it was mended in silence."""
    return len(kinds) < 2 or kinds == {int, float}


def ordered_alone(columns: Columns) -> Columns | None:
    """Mend and order rows, of a training that wrote each step once; None where that changes anything."""
    alone = replace(columns, fields=dict(columns.fields), keys=dict(columns.keys), notices=[])
    ordered = history.order(normalise(alone, ""), "")
    return ordered if not columns.notices and is_same(columns, ordered) else None


def follows(settled: Columns, fresh: Columns) -> bool:
    """Tell whether rows that follow settled ones leave the whole settled.

    They do when they are settled by themselves, of the same kinds, bear no label, and come later:
    every step is higher and no time is lower than any before.
    """
    if not len(fresh):
        return not fresh.notices
    if not len(settled) or "step" not in fresh.keys:
        return False
    return (
        ordered_alone(fresh) is not None
        and "label" not in fresh.keys
        and fresh.keys["step"][0] > max(settled.keys["step"])
        and all(one < other for one, other in pairwise(fresh.keys["step"]))
        and _come_later(settled.keys.get("time"), fresh.keys.get("time"))
        and all(_is_sound(kinds_of(column) | _kinds(settled, name)) for name, column in fresh.fields.items())
    )


def _kinds(columns: Columns, name: str) -> set[type]:
    return kinds_of(columns.fields[name]) if name in columns.fields else set()


def _come_later(before: Sequence[Any] | None, after: Sequence[Any] | None) -> bool:
    if before is None and after is None:
        return True
    if before is None or after is None or None in before or None in after:
        return False
    return bool(max(before) <= min(after))
