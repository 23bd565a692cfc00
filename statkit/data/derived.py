"""Columns of our own, computed beside what the file says and never over it.

Sources of the formulas: gain = KI − LR; relative gain = (KI − LR) / LR; gap closed =
(KI − LR) / (1 − LR), the share of the error removed. ``quality_running_best`` is the running
maximum, because ``best_quality_ever`` restarts with the process.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from itertools import accumulate
from typing import Any, Final

from statkit.records import Columns, has_gaps, is_number, kinds_of
from statkit.schema import ATTENTION, split_attention

_KI: Final = ("quality_ki_value", "ki_quality", "quality_ki", "quality.ki")
_LR: Final = ("quality_lr_value", "lr_quality", "quality_lr", "quality.lr")

Numbers = Sequence[Any]


def _gain(ki: float, lr: float) -> float | None:
    return ki - lr


def _relative(ki: float, lr: float) -> float | None:
    return (ki - lr) / lr if lr > 0 else None


def _closed(ki: float, lr: float) -> float | None:
    return (ki - lr) / (1 - lr) if lr < 1 else None


_PAIRS: Final[dict[str, Callable[[float, float], float | None]]] = {
    "quality_gain_abs": _gain,
    "quality_gain_rel": _relative,
    "quality_gap_closed": _closed,
}
RUNNING_BEST: Final = "quality_running_best"
NAMES: Final = (*_PAIRS, RUNNING_BEST)

_BARE_PREFIX: Final = "attention_"


def inputs(names: Iterable[str]) -> list[str]:
    """Name the fields that the asked derived columns are computed from."""
    needed: list[str] = []
    for name in names:
        if name in _PAIRS:
            needed += [*_KI, *_LR]
        elif name == RUNNING_BEST:
            needed += _KI
    return list(dict.fromkeys(needed))


def add(columns: Columns, wanted: Iterable[str] | None = None) -> Columns:
    """Add the derived columns that can be computed, or those of ``wanted``, after the file's own."""
    asked = None if wanted is None else set(wanted)
    if asked is not None and asked.isdisjoint(NAMES) and asked.isdisjoint(ATTENTION):
        return columns
    made: dict[str, Sequence[Any]] = {}
    ki, lr = _first(columns, _KI), _first(columns, _LR)
    if ki is not None:
        if lr is not None:
            for name, formula in _PAIRS.items():
                if asked is None or name in asked:
                    made[name] = [_apply(formula, k, r) for k, r in zip(ki, lr, strict=True)]
        if asked is None or RUNNING_BEST in asked:
            made[RUNNING_BEST] = _running_best(ki)
    made.update(_primary_layer(columns))
    chosen = {
        name: column
        for name, column in made.items()
        if name not in columns.fields and (asked is None or name in asked)
    }
    if not chosen:
        return columns
    return Columns(columns.keys, columns.fields | chosen, columns.provenance, columns.notices, columns.files)


def _first(columns: Columns, names: Iterable[str]) -> Sequence[Any] | None:
    """Take the first of the named columns that holds a number."""
    for name in names:
        column = columns.fields.get(name)
        if column is not None and any(is_number(value) for value in column):
            return column
    return None


def _apply(formula: Callable[[float, float], float | None], ki: Any, lr: Any) -> float | None:
    return formula(ki, lr) if is_number(ki) and is_number(lr) else None


def _running_best(values: Numbers) -> list[float | None]:
    if kinds_of(values) <= {float} and not has_gaps(values) and math.isfinite(sum(values)):
        return list(accumulate(values, max))
    best: float | None = None
    result = []
    for value in values:
        if is_number(value) and value == value and (best is None or value > best):
            best = value
        result.append(best)
    return result


def _primary_layer(columns: Columns) -> dict[str, Sequence[Any]]:
    """Give the attention metrics of the primary layer without its name: ``attention_entropy``.

    The primary layer is the first that has metrics, in the order of the file.
    """
    primary: str | None = None
    bare: dict[str, Sequence[Any]] = {}
    for name, column in columns.fields.items():
        parts = split_attention(name)
        if parts is None:
            continue
        layer, metric = parts
        primary = primary or layer
        if layer == primary and metric.startswith(_BARE_PREFIX):
            bare[metric] = column
    return bare
