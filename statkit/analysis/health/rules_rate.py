"""The learning rate: zero, risen mid-run, jumped."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np

from statkit.analysis.health.readings import LEARNING_RATE, Curve, Readings
from statkit.analysis.health.registry import Sign, rule
from statkit.analysis.health.words import figure, times

#: Fewer rows at 0 than this may be the first step of a warm-up, or the last of a schedule.
_ROWS: Final = 3

#: Changes smaller than this share are rounding; at this factor up, and this down, they are jumps.
_CHANGE: Final = 0.02
_JUMP_UP: Final = 2.0
_JUMP_DOWN: Final = 20.0

#: Below this share of its highest a learning rate that reaches 0 has been annealed, as schedules do.
_ANNEALED: Final = 0.02

_SCHEDULES: Final = "Loshchilov & Hutter 2017, SGDR (restarts raise it on purpose); project rule"


@rule("learning-rate-zero", "error", "gradient descent: a step of size 0 changes no weight")
def learning_rate_zero(readings: Readings) -> Iterator[Sign]:
    """The learning rate is 0 in every row, or (a warning) from some row on without having been annealed."""
    rate = readings.first(LEARNING_RATE)
    if rate is None or len(rate) < _ROWS:
        return
    zero = rate.values == 0
    start, end = _longest(zero)
    if zero.all():
        evidence, severity = f"{rate.name} is 0 in all {times(len(rate), 'row')}: nothing is learned.", None
    elif end - start >= _ROWS and start > 0 and not _annealed(rate, start):
        before = figure(float(rate.values[start - 1]))
        evidence = f"{rate.name} is 0 from step {rate.step(start)} to {rate.step(end - 1)}, after {before}."
        severity = "warning"
    else:
        return
    yield Sign(
        metric=rate.name,
        steps=(rate.step(start), rate.step(end - 1)),
        evidence=evidence,
        advice="Check the scheduler, and that it was given the right number of steps.",
        severity=severity,  # type: ignore[arg-type]
    )


def _longest(true: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> tuple[int, int]:
    """Find the longest stretch of True, as a half-open range."""
    edges = np.diff(np.concatenate([[False], true, [False]]).astype(np.int8))
    starts, ends = np.flatnonzero(edges == 1), np.flatnonzero(edges == -1)
    if len(starts) == 0:
        return 0, 0
    longest = int(np.argmax(ends - starts))
    return int(starts[longest]), int(ends[longest])


def _annealed(rate: Curve, row: int) -> bool:
    return bool(rate.values[row - 1] < _ANNEALED * rate.values.max())


@rule("learning-rate-rise", "warning", _SCHEDULES)
def learning_rate_rise(readings: Readings) -> Iterator[Sign]:
    """The learning rate rises after the warm-up: info for a gentle rise, a warning from a factor of 2."""
    rate = readings.first(LEARNING_RATE)
    if rate is None or len(rate) < _ROWS:
        return
    rows = _rises(rate, _warm_until(readings, rate))
    if not rows:
        return
    factors = [_factor(rate.values[row - 1], rate.values[row]) for row in rows]
    worst = int(np.argmax(factors))
    row = rows[worst]
    jump = factors[worst] >= _JUMP_UP
    where = f"at {times(len(rows), 'row')}, most " if len(rows) > 1 else ""
    yield Sign(
        metric=rate.name,
        steps=(rate.step(rows[0]), rate.step(rows[-1])),
        severity=None if jump else "info",
        evidence=f"{rate.name} rises again after the warm-up, {where}at step {rate.step(row)}: from "
        f"{figure(float(rate.values[row - 1]))} to {figure(float(rate.values[row]))}.",
        advice="Meant as a restart or a boost? Then see what the loss does there; else check that the "
        "scheduler's state was restored on resume.",
    )


@rule("learning-rate-drop", "info", _SCHEDULES)
def learning_rate_drop(readings: Readings) -> Iterator[Sign]:
    """The learning rate falls by a factor of 20 or more between two rows, without ending at 0."""
    rate = readings.first(LEARNING_RATE)
    if rate is None or len(rate) < _ROWS:
        return
    for row in range(1, len(rate)):
        before, after = float(rate.values[row - 1]), float(rate.values[row])
        if after > 0 and before >= _JUMP_DOWN * after:
            yield Sign(
                metric=rate.name,
                steps=(rate.step(row - 1), rate.step(row)),
                evidence=f"{rate.name} drops from {figure(before)} to {figure(after)} between two rows.",
                advice="Meant as a decay? Then all is well; else check the scheduler.",
            )
            return


def _warm_until(readings: Readings, rate: Curve) -> int:
    """Find the row at which the warm-up is over: its phase says so, or the first row that does not rise."""
    names = readings.columns.fields.get("lr_phase_name")
    rises = np.diff(rate.values) > _CHANGE * np.abs(rate.values[:-1])
    over = int(np.argmin(rises)) if len(rises) and not rises.all() else len(rises)
    if names is not None:
        warm = [i for i, row in enumerate(rate.rows) if names[row] == "warmup"]
        if warm:
            over = max(over, warm[-1] + 1)
    return over


def _rises(rate: Curve, start: int) -> list[int]:
    values = rate.values
    return [
        row
        for row in range(max(start, 0) + 1, len(rate))
        if values[row] > (1 + _CHANGE) * values[row - 1] and values[row] > 0
    ]


def _factor(before: float, after: float) -> float:
    return float(after / before) if before > 0 else float("inf")
