"""How far a training has come: its curves, thinned to what a small picture shows, smoothed, and its noise."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from statkit.analysis.arrays import Floats, floats
from statkit.analysis.result import Result
from statkit.analysis.smoothing import Smoothing
from statkit.records import is_number

#: The most points of one curve; longer ones are cut into blocks of 2, 4, 8, … steps.
MOST_POINTS: Final = 512

#: The smoothed line is a centred running mean over this share of a curve's points. A curve of ten points
#: or fewer is left as it is.
SMOOTHED_OVER: Final = 1 / 20

#: The records over which stability is measured, the latest ones.
RECENT: Final = 100
_ENOUGH: Final = 10
_NORMAL: Final = 0.6744897501960817  # median of |z|, z standard normal


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ProgressCurve:
    """One metric in one phase.

    Attributes
    ----------
    metric, phase : str
        What, and when it was measured.
    steps : ndarray of float, shape (n,)
        The last step of each block: the records of one step, or of 2, 4, 8, … steps.
    means, lows, highs : ndarray of float, shape (n,)
        Mean, least and greatest finite value of the block; NaN where it has none.
    smoothed : ndarray of float, shape (n,)
        What `smoothed` makes of ``means``; NaN where they are.
    records : int
        How many records are in it, those without a finite number included.
    """

    metric: str
    phase: str
    steps: Floats
    means: Floats
    lows: Floats
    highs: Floats
    smoothed: Floats
    records: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Stability(Result):
    """How much a metric jumps from record to record.

    Attributes
    ----------
    metric, phase : str
        Of what.
    variation : float
        Spread of the differences between neighbouring records, median(|difference|) / (0.6745 √2), as a
        share of the mean: the standard deviation of the noise that is left when the trend is taken out,
        untouched by rare jumps.
    records : int
        How many of the latest records it rests on.
    """

    metric: str
    phase: str
    variation: float
    records: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """Every curve of a training up to some record.

    Attributes
    ----------
    curves : tuple of ProgressCurve
        In order of metric and phase as they first occur.
    stability : tuple of Stability
        Of the loss in each phase that has enough records.
    """

    curves: tuple[ProgressCurve, ...] = ()
    stability: tuple[Stability, ...] = ()

    def of(self, metric: str) -> tuple[ProgressCurve, ...]:
        """Give the curves of a metric that hold a finite number, ``train`` first."""
        found = [curve for curve in self.curves if curve.metric == metric]
        return tuple(
            sorted((c for c in found if np.isfinite(c.means).any()), key=lambda c: c.phase != "train")
        )


def progress(history: Mapping[str, Sequence[Any]]) -> Progress:
    """Thin and smooth the history of a training.

    Parameters
    ----------
    history : mapping of str to sequence, all of one length
        ``step`` and ``phase`` of every record in order of writing, and one sequence a metric
        (``loss``, ``ssim``, …), None where a record has none.

    Raises
    ------
    ValueError
        If lengths differ.
    """
    metrics = [name for name in history if name not in ("step", "phase")]
    steps = floats(history.get("step", ()))
    phases = np.asarray([str(phase) for phase in history.get("phase", ())], dtype=object)
    curves, noises = [], []
    for metric in metrics:
        values = floats(map(as_float, history[metric]))
        if not len(values) == len(steps) == len(phases):
            raise ValueError(
                f"{len(steps)} steps, {len(phases)} phases and {len(values)} values of {metric!r}; "
                f"give one of each for every record."
            )
        missing = np.array([value is None for value in history[metric]], dtype=bool)
        for phase in dict.fromkeys(phases.tolist()):
            rows = np.flatnonzero((phases == phase) & ~missing)
            if len(rows):
                curves.append(_curve(metric, phase, steps[rows], values[rows]))
                noise = _stability(metric, phase, values[rows]) if metric == "loss" else None
                noises += [noise] if noise else []
    return Progress(curves=tuple(curves), stability=tuple(noises))


def as_float(value: Any) -> float | None:
    """Give a number as a float, anything else as None; an integer beyond the largest is infinite."""
    if not is_number(value):
        return float(value) if isinstance(value, np.floating | np.integer) else None
    try:
        return float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf


def _curve(metric: str, phase: str, steps: Floats, values: Floats) -> ProgressCurve:
    starts = np.concatenate([[0], np.flatnonzero(np.diff(steps)) + 1])
    while len(starts) > MOST_POINTS:
        starts = starts[::2]
    ends = np.concatenate([starts[1:], [len(values)]]) - 1
    there = np.isfinite(values)
    counts = np.add.reduceat(there, starts, dtype=np.float64)
    sums = np.add.reduceat(np.where(there, values, 0.0), starts)
    empty = counts == 0
    with np.errstate(over="ignore"):
        means = np.where(empty, np.nan, sums / np.where(empty, 1, counts))
    lows = np.where(empty, np.nan, np.minimum.reduceat(np.where(there, values, np.inf), starts))
    highs = np.where(empty, np.nan, np.maximum.reduceat(np.where(there, values, -np.inf), starts))
    return ProgressCurve(
        metric=metric,
        phase=phase,
        steps=steps[ends],
        means=means,
        lows=lows,
        highs=highs,
        smoothed=smoothed(steps[ends], means),
        records=len(values),
    )


def smoothed(steps: Floats, means: Floats) -> Floats:
    """Smooth a curve's means, shape (n,), over `SMOOTHED_OVER` of them and at least 3."""
    width = round(len(means) * SMOOTHED_OVER)
    return Smoothing("trackio", max(3, width)).apply(steps, means) if width else means


def _stability(metric: str, phase: str, values: Floats) -> Stability | None:
    latest = values[np.isfinite(values)][-RECENT:]
    level = abs(float(latest.mean())) if len(latest) >= _ENOUGH else 0.0
    if not level > 0 or not np.isfinite(level):
        return None
    noise = float(np.median(np.abs(np.diff(latest)))) / (_NORMAL * np.sqrt(2))
    return Stability(metric=metric, phase=phase, variation=noise / level, records=len(latest))
