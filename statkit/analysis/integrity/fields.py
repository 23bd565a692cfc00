"""Fields: those that come and go midway, values out of their unit, quality that lags."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from statistics import median
from typing import Final

from statkit.analysis.findings import Finding
from statkit.analysis.integrity.cadence import gaps
from statkit.records import Columns, is_number
from statkit.schema import ATTENTION, LOSS_FIELDS, Metric, split_attention

_SHOWN: Final = 5

#: Rows of one phase below which nothing is said about fields that come and go.
_FEWEST: Final = 4

#: Qualities that are 0.0 in a first file written before its validation.
_LAGGING: Final = ("quality_ki_value", "quality_lr_value", "validation_loss_value")

#: Bounds of a field by its definition, where a unit alone does not say.
_BOUNDS: Final = {"ssim": (-1.0, 1.0), "ki_ssim": (-1.0, 1.0), "lr_ssim": (-1.0, 1.0)}


def schema_drift(columns: Columns) -> Iterator[Finding]:
    """Find fields that begin or end midway; fields that come every k-th row do not count."""
    phases = columns.key("phase")
    for phase in dict.fromkeys(phases):
        rows = [row for row, each in enumerate(phases) if each == phase]
        if len(rows) >= _FEWEST:
            yield from _drift(columns, rows, phase)


def _drift(columns: Columns, rows: Sequence[int], phase: str | None) -> Iterator[Finding]:
    places: dict[tuple[int, int, str], list[str]] = {}
    of = f" of phase {phase}" if phase else ""
    for name, column in columns.fields.items():
        if name in ATTENTION and name.startswith("attention_"):
            continue  # a copy of the primary layer's
        there = [position for position, row in enumerate(rows) if column[row] is not None]
        for first, last, what in _changes(there, len(rows)):
            places.setdefault((rows[first], rows[last], what), []).append(name)
    for (first, last, what), names in sorted(places.items()):
        steps = (columns.steps[first] or 0, columns.steps[last] or 0)
        yield _drifted(steps, names, what.format(of=of, first=steps[0], last=steps[1]))


def _changes(there: Sequence[int], count: int) -> Iterator[tuple[int, int, str]]:
    """Give where a field begins, ends or is missing, by the positions that have it and its own pace."""
    if not there:
        return
    pace = 2 * median(b - a for a, b in pairwise(there)) if len(there) > 1 else 2
    if there[0] >= pace:
        yield there[0], there[0], "only from step {first} on{of}"
    if count - 1 - there[-1] >= pace:
        yield there[-1], there[-1], "not after step {last}{of}"
    for gap in gaps(there):
        if gap.after - gap.before > pace:
            yield gap.before, gap.after, "missing between steps {first} and {last}{of}"


def _drifted(steps: tuple[int, int], names: list[str], what: str) -> Finding:
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    fields = f"{len(names)} field{'s' if len(names) != 1 else ''} ({', '.join(names[:_SHOWN])}{more})"
    return Finding(
        rule="schema-drift",
        severity="warning",
        metric=names[0],
        steps=steps,
        evidence=f"{fields}: {what}.",
        advice="The program changed, or what it measures was switched; a missing field is missing, not 0.",
        source="one program writes one set of fields",
    )


def unit_suspects(columns: Columns, metric_of: Callable[[str], Metric]) -> Iterator[Finding]:
    """Find values that their definition does not allow: attention shares outside 0 to 1, SSIM outside ±1."""
    told, places = {}, []
    steps = columns.steps
    for name, column in columns.fields.items():
        bounds = _bounds(name, metric_of)
        if bounds is None:
            continue
        low, high = bounds
        numbers = [(row, v) for row, v in enumerate(column) if is_number(v) and math.isfinite(v)]
        wrong = [steps[row] or 0 for row, v in numbers if not low - 1e-6 <= v <= high + 1e-6]
        if wrong:
            smallest, largest = min(v for _, v in numbers), max(v for _, v in numbers)
            told[name] = (
                f"{name} runs from {smallest:.4g} to {largest:.4g} where {low:.4g} to {high:.4g} is possible "
                f"({len(wrong):,} of {len(numbers):,} rows outside)"
            )
            places += [min(wrong), max(wrong)]
    if told:
        more = f"; and {len(told) - _SHOWN} more fields" if len(told) > _SHOWN else ""
        yield Finding(
            rule="unit-suspect",
            severity="warning",
            metric=next(iter(told)),
            steps=(min(places), max(places)),
            evidence=f"{'; '.join(list(told.values())[:_SHOWN])}{more}.",
            advice="Another unit or another definition: compare with nothing before you know which.",
            source="the catalogue of fields",
        )


def _bounds(name: str, metric_of: Callable[[str], Metric]) -> tuple[float, float] | None:
    if name in _BOUNDS:
        return _BOUNDS[name]
    parts = split_attention(name)
    if parts is None:
        return None
    if parts[1] == "attention_entropy":
        return 0.0, math.log(64)
    return (0.0, 1.0) if metric_of(name).unit == "fraction" else None


def lagging_quality(columns: Columns) -> Iterator[Finding]:
    """Find runs whose files were saved before the update: each holds the validation before its own."""
    stated, steps = columns.fields.get("last_validation_step"), columns.steps
    if stated is not None:
        behind = [
            row
            for row, value in enumerate(stated)
            if is_number(value) and row > 0 and value == steps[row - 1]
        ]
        if len(behind) >= 2:
            yield _lag(
                columns, f"last_validation_step is the step before in {len(behind)} of {len(stated)} files"
            )
            return
    present = [columns.fields[name] for name in _LAGGING if name in columns.fields]
    losses = [columns.fields[name] for name in LOSS_FIELDS if name in columns.fields]
    if len(columns) < 2 or not present or not losses:
        return
    empty = all(column[0] == 0 for column in present)
    trained = any(is_number(column[0]) and column[0] != 0 for column in losses)
    later = any(is_number(column[1]) and column[1] != 0 for column in present)
    if empty and trained and later:
        names = ", ".join(name for name in _LAGGING if name in columns.fields)
        yield _lag(
            columns, f"the first file holds 0.0 for {names} beside losses that are not 0, the second does not"
        )


def _lag(columns: Columns, why: str) -> Finding:
    steps = [step for step in columns.steps if step is not None] or [0]
    return Finding(
        rule="lagging-quality",
        severity="error",
        metric="quality_ki_value",
        steps=(steps[0], steps[-1]),
        evidence=f"{why}: every file seems to carry the quality of the validation before it.",
        advice="Read the quality at step N as that of the step before, and take that step's checkpoint.",
        source="early versions of the original program saved before they updated",
    )
