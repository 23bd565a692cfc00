"""One run's curve of one metric: stretches between rewinds, smoothed, its best point marked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from statkit.analysis.arrays import Floats, floats
from statkit.analysis.ranking import rank
from statkit.analysis.result import Result
from statkit.analysis.smoothing import Smoothing
from statkit.errors import EmptySeriesError
from statkit.schema import Direction


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Rows:
    """The records of one metric in one phase of one run, as a figure gets them.

    Attributes
    ----------
    side : str
        What the run belongs to in the figure: its own name, or its group's.
    run, path : str
        The run's name and where it is.
    phase : str or None
        ``train`` or ``val``, where the series has phases.
    steps : sequence of int, length n
        The optimiser steps.
    xs : sequence of float, length n
        Where each record stands on the figure's axis; NaN for one that has no place on it.
    values : sequence of float, length n
        NaN and infinity included.
    believed : sequence of bool, length n
        False for a value that stands for no measurement.
    segments : sequence of int, length n
        The stretch between rewinds each record belongs to.
    """

    side: str
    run: str
    path: str = ""
    phase: str | None = None
    steps: Sequence[int]
    xs: Sequence[float]
    values: Sequence[float]
    believed: Sequence[bool]
    segments: Sequence[int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """A point worth a mark: the step, its place on the figure's axis, the value."""

    step: int
    x: float
    value: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Stretch:
    """A part of a curve that no rewind interrupts.

    Attributes
    ----------
    steps, xs, values : ndarray of float, shape (m,)
        Strictly rising steps; records of one step count as their mean. NaN where none is finite.
    smoothed : ndarray of float, shape (m,), or None
        The values smoothed, each stretch for itself.
    """

    steps: Floats
    xs: Floats
    values: Floats
    smoothed: Floats | None = None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RunCurve(Result):
    """One metric of one run, in one phase.

    Attributes
    ----------
    side, run, path, phase
        As in `Rows`.
    stretches : tuple of Stretch
        Between rewinds, in order; no line joins two of them.
    best : Mark or None
        The best record; never a value that stands for no measurement. None without a direction.
    unmeasured : ndarray of float
        Where values stand that stand for no measurement; they are in no stretch.
    nonfinite : ndarray of float
        Where NaN and infinities stand: gaps of the line.
    records : ndarray of float, shape (2, k)
        Places and values of every finite record, where several share a step; else of none.
    unplaced : int
        Records without a place on this axis, left out.
    """

    side: str
    run: str
    path: str
    phase: str | None
    stretches: tuple[Stretch, ...]
    best: Mark | None
    unmeasured: Floats
    nonfinite: Floats
    records: Floats
    unplaced: int

    @property
    def breaks(self) -> list[float]:
        """Where a resumed training goes on: the first place of each stretch but the first."""
        return [float(stretch.xs[0]) for stretch in self.stretches[1:]]

    @property
    def finite(self) -> int:
        """How many finite points there are to draw."""
        return sum(int(np.isfinite(stretch.values).sum()) for stretch in self.stretches)


def run_curve(rows: Rows, direction: Direction | None, smoothing: Smoothing | None = None) -> RunCurve:
    """Make the curve of one run.

    Parameters
    ----------
    rows : Rows
        Its records.
    direction : {"max", "min"} or None
        Which way is better; None marks no best point.
    smoothing : Smoothing or None
        Applied to each stretch for itself.
    """
    xs, values, steps = floats(rows.xs), floats(rows.values), floats(rows.steps)
    believed = np.asarray(rows.believed, dtype=bool)
    placed = np.isfinite(xs)
    good = placed & believed
    finite = np.isfinite(values)
    shared = False
    stretches: list[Stretch] = []
    for chosen in _stretches(rows.segments, good):
        stretch = _stretch(steps[chosen], xs[chosen], values[chosen], smoothing)
        shared = shared or len(stretch.steps) < len(chosen)
        stretches.append(stretch)
    kept = good & finite & shared
    return RunCurve(
        side=rows.side,
        run=rows.run,
        path=rows.path,
        phase=rows.phase,
        stretches=tuple(stretches),
        best=_best(rows, xs, direction, placed),
        unmeasured=xs[placed & ~believed],
        nonfinite=xs[good & ~finite],
        records=np.stack([xs[kept], values[kept]]),
        unplaced=int((~placed).sum()),
    )


def _stretches(segments: Sequence[int], good: NDArray[np.bool_]) -> list[NDArray[np.intp]]:
    """Split rows by segment, segments in order."""
    numbers = np.asarray(segments, dtype=np.int64)
    return [np.flatnonzero(good & (numbers == number)) for number in np.unique(numbers[good])]


def _stretch(steps: Floats, xs: Floats, values: Floats, smoothing: Smoothing | None) -> Stretch:
    order = np.argsort(steps, kind="stable")
    steps, xs, values = steps[order], xs[order], values[order]
    rising, starts, counts = np.unique(steps, return_index=True, return_counts=True)
    if len(rising) < len(steps):
        there = np.isfinite(values)
        sums = np.add.reduceat(np.where(there, values, 0.0), starts)
        known = np.add.reduceat(there.astype(np.float64), starts)
        values = np.where(known > 0, sums / np.maximum(known, 1), np.nan)
        xs = np.add.reduceat(xs, starts) / counts
    values = np.where(np.isfinite(values), values, np.nan)
    smooth = smoothing.apply(rising, values) if smoothing is not None else None
    return Stretch(steps=rising, xs=xs, values=values, smoothed=smooth)


def _best(rows: Rows, xs: Floats, direction: Direction | None, placed: NDArray[np.bool_]) -> Mark | None:
    if direction is None:
        return None
    believed = [bool(good) and bool(there) for good, there in zip(rows.believed, placed, strict=True)]
    return best_mark(rows.steps, xs, rows.values, direction, believed)


def best_mark(
    steps: Sequence[Any], xs: Floats, values: Sequence[Any], direction: Direction, believed: Sequence[bool]
) -> Mark | None:
    """Give the best believed point, the earlier among equals; None where there is none."""
    try:
        place = rank(steps, values, direction=direction, excluded=[not good for good in believed]).places[0]
    except EmptySeriesError:
        return None
    return Mark(step=int(steps[place.row]), x=float(xs[place.row]), value=place.value)
