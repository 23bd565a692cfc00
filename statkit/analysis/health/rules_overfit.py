"""Overfitting: validation loss rises while training loss does not."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np

from statkit.analysis.arrays import Floats, running_median
from statkit.analysis.health.readings import Curve, Readings
from statkit.analysis.health.registry import Sign, rule
from statkit.analysis.health.rises import FEWEST, noise_of, sustained_rise
from statkit.analysis.health.words import figure
from statkit.analysis.trends import trend

#: Three validations in a row must lie so many standard deviations above the lowest level.
_DEVIATIONS: Final = 4.0

#: A slow rise needs so many validations since the lowest level, this p-value, and this height.
_SLOW: Final = 12
_SLOW_P: Final = 0.001
_SLOW_DEVIATIONS: Final = 2.0


@rule(
    "overfit",
    "warning",
    "Prechelt 1998, Early Stopping - But When? (generalisation loss); thresholds calibrated by simulation "
    "(docs/health.md)",
)
def overfit(readings: Readings) -> Iterator[Sign]:
    """Validation loss rises above its lowest level while training loss does not."""
    train, val = readings.train_loss, readings.val_loss
    if train is None or val is None or len(val) < FEWEST:
        return
    low = _lowest_before_rise(val)
    if low is None:
        return
    beside = _train_at(train, val)
    if _rises(beside, low):
        return
    level = float(running_median(val.values, 5)[low])
    now = float(np.median(val.values[-3:]))
    yield Sign(
        metric=val.name,
        steps=(val.step(low), val.step(-1)),
        evidence=f"{val.name} rose from {figure(level)} (step {val.step(low)}) to {figure(now)} while "
        f"{train.name} "
        f"went from {figure(float(beside[low]))} to {figure(float(beside[-1]))}; {_gap(val, beside, low)}.",
        advice=f"Take the checkpoint at step {val.step(low)}; more data, augmentation or weight decay move "
        f"that "
        "point on.",
    )


def _lowest_before_rise(val: Curve) -> int | None:
    """Find the row since which the validation loss rises: steeply, or slowly and for long."""
    rise = sustained_rise(val.values, deviations=_DEVIATIONS)
    if rise is not None and rise.lasting:
        return rise.low
    smooth = running_median(val.values, 5)
    low = int(np.argmin(smooth[:-2])) if len(smooth) > 2 else 0
    if len(val) - low < _SLOW:
        return None
    since = val.since(low).condensed()
    answer = trend(since.steps, since.values, direction="min")
    risen = float(np.median(val.values[-5:])) - smooth[low]
    slow = answer.verdict == "worsening" and (answer.p_value or 1) < _SLOW_P
    return low if slow and risen > _SLOW_DEVIATIONS * noise_of(val.values) else None


def _train_at(train: Curve, val: Curve) -> Floats:
    """Give the training loss beside each validation: of the same row, or the mean since the last one."""
    if len(train) == len(val) and np.array_equal(train.steps, val.steps):
        return train.values
    if train.phase == val.phase:
        return np.asarray(np.interp(val.steps, train.steps, train.values))
    sums = np.concatenate([[0.0], np.cumsum(train.values)])
    ends = np.searchsorted(train.steps, val.steps, side="right")
    starts = np.concatenate([[0], ends[:-1]])
    counts = ends - starts
    near = train.values[np.clip(ends - 1, 0, len(train) - 1)]
    return np.where(counts > 0, (sums[ends] - sums[starts]) / np.maximum(counts, 1), near)


def _rises(beside: Floats, low: int) -> bool:
    """Tell whether training loss rises too, by more than three standard deviations of its noise."""
    if len(beside) < FEWEST:
        return False
    level = float(np.median(beside[max(0, low - 1) : low + 2]))
    return bool(np.median(beside[-3:]) > level + 3 * noise_of(beside))


def _gap(val: Curve, beside: Floats, low: int) -> str:
    """Say how fast the gap between the two grows: Theil-Sen since the lowest level."""
    gap = val.values[low:] - beside[low:]
    answer = trend(val.steps[low:], gap, direction="min")
    if answer.slope_per_1000_steps is None:
        return "the gap grows"
    return f"the gap grows by {figure(answer.slope_per_1000_steps)} per 1,000 steps"
