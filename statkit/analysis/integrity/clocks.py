"""Time, steps and process: clocks that run backwards, names that contradict, restarts, copies."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import pairwise
from statistics import median
from typing import Any, Final

from statkit.analysis.findings import Finding
from statkit.records import Columns

#: Fields that do not tell whether a snapshot is a copy.
_FIXED: Final = frozenset({"step_current", "step_max", "step", "last_update_time"})


def clock_reversals(columns: Columns) -> Iterator[Finding]:
    """Find rows whose time is before that of the row before them in the same segment."""
    times, segments, steps = columns.key("time"), columns.key("segment"), columns.steps
    last: dict[Any, tuple[float, int]] = {}
    found: list[tuple[int, int, float, float]] = []
    for row, time in enumerate(times):
        if time is None:
            continue
        step = steps[row] or 0
        before = last.get(segments[row])
        if before is not None and time < before[0]:
            found.append((before[1], step, before[0], time))
        last[segments[row]] = (time, step)
    if found:
        first, then, earlier, later = found[0]
        count = f"{len(found):,} time{'s' if len(found) != 1 else ''}"
        yield Finding(
            rule="clock-reversal",
            severity="error",
            metric=None,
            steps=(first, found[-1][1]),
            evidence=f"time falls {count} while the step rises, first from {_moment(earlier)} at step "
            f"{first} to "
            f"{_moment(later)} at step {then}.",
            advice="Two processes wrote here, files were copied in, or the clock was set back: trust no "
            "duration.",
            source="time rises with the step in one training",
        )


def _moment(seconds: float) -> str:
    try:
        return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M:%S")
    except (OverflowError, OSError, ValueError):
        return f"{seconds:g} s"


def step_mismatches(columns: Columns) -> Iterator[Finding]:
    """Find snapshots whose ``step_current`` is half a cadence or more off the step in their name."""
    inside = columns.fields.get("step_current")
    if inside is None or len(columns) < 2:
        return
    steps = columns.steps
    rises = [b - a for a, b in pairwise(steps) if a is not None and b is not None and b > a]
    limit = max(median(rises) / 2, 10) if rises else 10
    wrong = [
        row
        for row, value in enumerate(inside)
        if isinstance(value, int | float)
        and steps[row] is not None
        and abs(value - (steps[row] or 0)) >= limit
    ]
    if wrong:
        row = wrong[0]
        files = columns.provenance.get("file", [f"step {steps[row]}"] * len(columns))
        yield Finding(
            rule="step-mismatch",
            severity="error",
            metric="step_current",
            steps=(steps[row] or 0, steps[wrong[-1]] or 0),
            evidence=f"{files[row]} says step_current {inside[row]} inside; so contradict {len(wrong)} of "
            f"{len(columns)} "
            "files their names.",
            advice="A renamed or copied file? The name counts as the step; a few steps' difference is usual.",
            source="the file name is the key; files written late are off by a few steps only",
        )


def repeated_snapshots(columns: Columns) -> Iterator[Finding]:
    """Find consecutive snapshots that are equal in every number but the step: one is a copy."""
    columns_of = [
        column
        for name, column in columns.fields.items()
        if name not in _FIXED and any(isinstance(value, float) for value in column)
    ]
    if len(columns_of) < 3:
        return
    same = [
        row
        for row in range(1, len(columns))
        if all(_equal(column[row - 1], column[row]) for column in columns_of)
    ]
    if same:
        steps = columns.steps
        yield Finding(
            rule="repeated-snapshot",
            severity="error",
            metric=None,
            steps=(steps[same[0] - 1] or 0, steps[same[-1]] or 0),
            evidence=f"{len(same)} snapshot{'s repeat' if len(same) != 1 else ' repeats'} the one before in "
            f"every one of "
            f"{len(columns_of)} decimal fields, first step {steps[same[0]]} that of step "
            f"{steps[same[0] - 1]}.",
            advice="A copy, or a writer that saved before it updated: these rows measure nothing new.",
            source="two validations never agree in every decimal",
        )


def _equal(one: Any, other: Any) -> bool:
    return bool(one == other or (one != one and other != other))


def restarts(columns: Columns) -> Iterator[Finding]:
    """Find where the epoch falls while the step rises: the process was started again."""
    epochs, steps = columns.key("epoch"), columns.steps
    at = [
        row
        for row in range(1, len(columns))
        if epochs[row] is not None and epochs[row - 1] is not None and epochs[row] < epochs[row - 1]
    ]
    if at:
        shown = ", ".join(str(steps[row]) for row in at[:5])
        yield Finding(
            rule="restart",
            severity="info",
            metric="epoch_num",
            steps=(steps[at[0]] or 0, steps[at[-1]] or 0),
            evidence=f"the epoch starts again at step {shown}: the process was started {len(at) + 1} times.",
            advice="Nothing to do; best_quality_ever starts again too, so use quality_running_best.",
            source="the original program counts epochs from its own start",
        )
