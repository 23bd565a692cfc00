"""Is it improving: one metric over its steps."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, Literal, TypeAlias

import numpy as np

from statkit.analysis.arrays import Floats, Points, finite_points
from statkit.analysis.autocorrelation import highest
from statkit.analysis.mann_kendall import Reference, corrected, hamed_rao_p, plain
from statkit.analysis.plateaus import default_patience, plateau_row
from statkit.analysis.result import Result
from statkit.analysis.spikes import spike_rows
from statkit.analysis.theil_sen import Slope, pair_slopes, reduced, slope_between
from statkit.errors import EmptySeriesError
from statkit.schema import Direction

Verdict: TypeAlias = Literal["improving", "flat", "worsening", "too-few"]

#: Fewer finite points than this are too few for a verdict: with fewer, even a series that never once falls
#: cannot be told at 5 % from noise that repeats itself (phi 0.6).
ENOUGH: Final = 8

ALPHA: Final = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """One value and its step."""

    step: int | float
    value: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Trend(Result):
    """Whether a metric improves, how fast, and how sure that is.

    Attributes
    ----------
    direction : {"max", "min"}
        What is good.
    n : int
        How many finite points the answer rests on.
    dropped : int
        How many entries were None, NaN or infinite.
    first, last : float
        The first and last finite value.
    best : Point
        The best finite value and the earliest step that has it.
    slope_per_1000_steps : float or None
        Theil-Sen, in the metric's unit per 1,000 steps; None where all points share one step.
    slope_ci : tuple of float or None
        Its 95 % interval; leaves out 0 exactly when ``p_value`` is below 0.05.
    p_value : float or None
        Two-sided Mann-Kendall test, corrected for autocorrelation.
    verdict : {"improving", "flat", "worsening", "too-few"}
        improving or worsening: ``p_value`` below 0.05. flat: no trend could be shown. too-few: fewer
        than `ENOUGH` points, so slope alone is given.
    plateau_since : int or float or None
        The step since which nothing was gained, if that is ``patience`` validations ago or more.
    patience : int
        N of the plateau rule, in validations.
    spikes : tuple of int or float
        Steps whose value lies far off its neighbours.
    slope_method : str
        ``exact`` (all pairs of points) or ``2,000 block medians``.
    phi : float or None
        Estimated lag-1 correlation of the noise around the curve, from -0.4 to 0.9 (0.6 below 15 points).
    plain_p, hamed_rao_p : float or None
        The plain Mann-Kendall test and the textbook correction of Hamed & Rao (1998), for comparison;
        both alarm too often on autocorrelated noise (docs/statistics.md).
    notes : tuple of str
        What a reader should know about these numbers.
    """

    direction: Direction
    n: int
    dropped: int
    first: float
    last: float
    best: Point
    slope_per_1000_steps: float | None
    slope_ci: tuple[float, float] | None
    p_value: float | None
    verdict: Verdict
    plateau_since: int | float | None
    patience: int
    spikes: tuple[int | float, ...]
    slope_method: str
    phi: float | None
    plain_p: float | None
    hamed_rao_p: float | None
    notes: tuple[str, ...]


def trend(
    steps: Sequence[Any] | Floats,
    values: Sequence[Any] | Floats,
    *,
    direction: Direction,
    patience: int | None = None,
    window: int = 7,
    excluded: Sequence[bool] | None = None,
    metric: str = "",
) -> Trend:
    """Say whether a metric improves over its steps.

    Parameters
    ----------
    steps, values : sequence of numbers, one each a validation
        In any order; None, NaN and infinities are left out and counted. Equal steps are allowed.
    direction : {"max", "min"}
        What is good.
    patience : int, optional
        How many validations without gain make a plateau, 3 or more; a fifth of all, and 10 at least,
        when left out.
    window : int
        Width of the running median that spikes are measured from, in validations.
    excluded : sequence of bool, optional
        Rows that may never be the best (values that mean "not measured yet"); they stay in the slope.
    metric : str
        For the error message.

    Raises
    ------
    EmptySeriesError
        There is no finite value.
    ValueError
        Different lengths, or ``patience`` below 3.

    Examples
    --------
    >>> answer = trend(range(0, 20_000, 500), [1 - 0.9**k for k in range(40)], direction="max")
    >>> answer.verdict, answer.best.step
    ('improving', 19500)
    """
    points = finite_points(steps, values)
    if len(points) == 0:
        raise EmptySeriesError(f"{metric or 'The series'} has {points.dropped} entries and no finite number.")
    n = len(points)
    held = default_patience(n) if patience is None else patience
    if held < 3:
        raise ValueError(f"patience is {held}; give 3 validations or more.")
    scaled, scale = _in_reach(points)
    return Trend(
        direction=direction,
        n=n,
        dropped=points.dropped,
        first=float(points.values[0]),
        last=float(points.values[-1]),
        best=_best(points, direction, excluded),
        patience=held,
        spikes=tuple(_step(points.steps[row]) for row in spike_rows(scaled.values, window=window)),
        **_slope_and_verdict(scaled, scale, direction, held),
    )


def _in_reach(points: Points) -> tuple[Points, float]:
    """Divide values whose squares would overflow or vanish by a power of two; no statistic minds."""
    largest = float(np.abs(points.values).max())
    if largest == 0 or 1e-100 < largest < 1e100:
        return points, 1.0
    scale = 2.0 ** (math.frexp(largest)[1] - 1)
    return replace(points, values=points.values / scale), scale


def _slope_and_verdict(points: Points, scale: float, direction: Direction, patience: int) -> dict[str, Any]:
    steps, values, method = reduced(points)
    slopes = pair_slopes(steps, values)
    if len(slopes) == 0 or len(points) < ENOUGH:
        return _too_few(points, scale, slopes, method)
    reference = corrected(steps, values)
    slope = slope_between(slopes, reference.largest_accepted(len(slopes), ALPHA))
    p = reference.p_value(slope.score)
    sign = 1 if direction == "max" else -1
    pace = max(3, math.ceil(patience * len(steps) / len(points)))
    row = plateau_row(steps, sign * values, phi=reference.phi, patience=pace, alpha=ALPHA)
    return {
        "slope_per_1000_steps": slope.slope * 1000 * scale,
        "slope_ci": (slope.low * 1000 * scale, slope.high * 1000 * scale),
        "p_value": p,
        "verdict": _verdict(p, sign * slope.score),
        "plateau_since": None if row is None else _step(steps[row]),
        "slope_method": method,
        "phi": reference.phi,
        "plain_p": plain(steps, values).p_value(slope.score),
        "hamed_rao_p": hamed_rao_p(steps, values, slope.slope),
        "notes": _notes(points, slope, reference, method),
    }


def _too_few(points: Points, scale: float, slopes: Floats, method: str) -> dict[str, Any]:
    if len(slopes) == 0:
        note = "one point" if len(points) == 1 else "all points share one step"
    else:
        note = f"{len(points)} points: fewer than the {ENOUGH} a verdict needs"
    return {
        "slope_per_1000_steps": slope_between(slopes, 0).slope * 1000 * scale if len(slopes) else None,
        "slope_ci": None,
        "p_value": None,
        "verdict": "too-few",
        "plateau_since": None,
        "slope_method": method,
        "phi": None,
        "plain_p": None,
        "hamed_rao_p": None,
        "notes": (note, *_left_out(points)),
    }


def _verdict(p: float, gain: int) -> Verdict:
    if p >= ALPHA:
        return "flat"
    return "improving" if gain > 0 else "worsening"


def _best(points: Points, direction: Direction, excluded: Sequence[bool] | None) -> Point:
    allowed = np.ones(len(points), dtype=bool)
    if excluded is not None:
        allowed = ~np.asarray(excluded, dtype=bool)[points.rows]
    if not allowed.any():  # nothing else to show; the caller has warned about these rows
        allowed[:] = True
    loss = np.where(allowed, -points.values if direction == "max" else points.values, np.inf)
    row = int(np.argmin(loss))
    return Point(step=_step(points.steps[row]), value=float(points.values[row]))


def _notes(points: Points, slope: Slope, reference: Reference, method: str) -> tuple[str, ...]:
    notes = []
    if method != "exact":
        notes.append(f"slope, interval and test on {method} of {len(points):,} points")
    if slope.tied > 0.5:
        notes.append(f"{slope.tied:.0%} of all pairs are ties: the median slope says little")
    if reference.phi >= highest(len(points)):
        notes.append(
            f"neighbours repeat each other (phi {reference.phi:.2g} or more): the test has little power"
        )
    return (*notes, *_left_out(points))


def _left_out(points: Points) -> tuple[str, ...]:
    return (f"{points.dropped} entries without a finite number left out",) if points.dropped else ()


def _step(step: float) -> int | float:
    return int(step) if float(step).is_integer() else float(step)
