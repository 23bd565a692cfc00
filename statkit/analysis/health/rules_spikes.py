"""Spikes: single values far above both neighbours."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np

from statkit.analysis.arrays import MEDIAN_DEVIATION, Floats
from statkit.analysis.health.readings import QUALITY, Curve, Readings
from statkit.analysis.health.registry import Sign, rule
from statkit.analysis.health.words import figure, times

#: In robust standard deviations of what the curve does around there. Batches have heavier tails.
_DEVIATIONS: Final = 5.0
_BATCH_DEVIATIONS: Final = 8.0

#: A spike matters from this share of the level around it.
_SHARE: Final = 0.05
_BATCH_SHARE: Final = 0.5

_FEWEST: Final = 9
_AROUND: Final = 15


@rule(
    "spikes",
    "warning",
    "robust deviations of Iglewicz & Hoaglin 1993, taken locally; threshold calibrated by simulation "
    "(docs/health.md)",
)
def spikes(readings: Readings) -> Iterator[Sign]:
    """Single values of a loss far above, of a quality far below, what stands around them."""
    for curve, sign in _watched(readings):
        rows = _rows(curve, sign)
        if not rows:
            continue
        away = np.abs(off_neighbours(curve.values))
        worst = max(rows, key=lambda row: float(away[row]))
        around = float(curve.values[worst] - off_neighbours(curve.values)[worst])
        steps = [str(curve.step(row)) for row in rows]
        more = f" and {len(rows) - 5} more" if len(rows) > 5 else ""
        yield Sign(
            metric=curve.name,
            steps=(curve.step(rows[0]), curve.step(rows[-1])),
            evidence=f"{times(len(rows), 'spike')} of {curve.name}, at {', '.join(steps[:5])}{more}; the "
            f"largest is "
            f"{figure(float(curve.values[worst]))} at step {curve.step(worst)}, where {figure(around)} would "
            f"be "
            "expected.",
            advice="Look at the data of these steps and at the norm of the gradients; clip them if it "
            "repeats.",
        )


def _watched(readings: Readings) -> Iterator[tuple[Curve, int]]:
    for curve, sign in ((readings.train_loss, 1), (readings.val_loss, 1), (readings.first(QUALITY), -1)):
        if curve is not None:
            yield curve, sign


def _rows(curve: Curve, sign: int) -> list[int]:
    batches = curve.phase is not None
    deviations, share = (_BATCH_DEVIATIONS, _BATCH_SHARE) if batches else (_DEVIATIONS, _SHARE)
    rows = spike_rows(sign * curve.values, deviations)
    off = off_neighbours(curve.values) if rows else curve.values
    return [row for row in rows if abs(off[row]) > share * abs(curve.values[row] - off[row])]


def spike_rows(values: Floats, deviations: float = _DEVIATIONS) -> list[int]:
    """Find the rows far above the line through their neighbours.

    Unlike `statkit.analysis.spikes` the scale is local: the median absolute deviation within 15 rows on
    either side, so that the noise of a steep or wild beginning is not held against a calm end, and the
    level is that of a straight line, so that a slope is no deviation.

    Parameters
    ----------
    values : ndarray, shape (n,), finite
    deviations : float
        In robust standard deviations.
    """
    n = len(values)
    if n < _FEWEST:
        return []
    off = off_neighbours(values)
    size = np.abs(off[1:-1])
    half = min(_AROUND, len(size) - 1)
    padded = np.pad(size, half, mode="reflect")
    local = np.median(np.lib.stride_tricks.sliding_window_view(padded, 2 * half + 1), axis=1)
    scale = MEDIAN_DEVIATION * np.maximum(local, float(np.median(size)) / 3)
    rounding = 1e-9 * float(np.abs(values).max())
    return [int(row) + 1 for row in np.flatnonzero(off[1:-1] > np.maximum(deviations * scale, rounding))]


def off_neighbours(values: Floats) -> Floats:
    """Subtract from each value the median of the means of its three pairs of neighbours; 0 at both ends.

    Each pair lies symmetrically, one, two and three rows away, so a straight line leaves 0.

    Parameters
    ----------
    values : ndarray, shape (n,), with n >= 3

    Returns
    -------
    ndarray, shape (n,)
    """
    n = len(values)
    means = np.full((3, n), np.nan)
    for away in (1, 2, 3):
        if n > 2 * away:
            means[away - 1, away : n - away] = (values[: n - 2 * away] + values[2 * away :]) / 2
    off = np.zeros(n)
    off[1:-1] = values[1:-1] - np.nanmedian(means[:, 1:-1], axis=0)
    return off
