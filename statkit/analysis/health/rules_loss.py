"""The training loss: does it fall, does it rise, does it run away."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np

from statkit.analysis.health.readings import LEARNING_RATE, QUALITY, SSIM, Curve, Readings
from statkit.analysis.health.registry import Sign, rule
from statkit.analysis.health.rises import Rise, noise_of, sustained_rise
from statkit.analysis.health.words import figure, times
from statkit.analysis.trends import ENOUGH

#: A rise matters from this share of what had been gained, or of the lowest level, whichever is less.
_OF_GAIN: Final = 0.25
_OF_LEVEL: Final = 0.5

#: A rise that came back matters in a series of batches only if it held for more of them than this.
_BATCHES: Final = 10

#: Fewer validations than this are no reason to complain that nothing falls yet.
_PATIENT: Final = 16

#: How many points at each end make its level.
_END: Final = 5


def ends(curve: Curve) -> tuple[float, float]:
    """Give the medians of the first and of the last five points."""
    return float(np.median(curve.values[:_END])), float(np.median(curve.values[-_END:]))


@rule(
    "divergence",
    "error",
    "calibrated by simulation: under 1 false alarm in 100 healthy curves (docs/health.md)",
)
def divergence(readings: Readings) -> Iterator[Sign]:
    """The training loss stays far above its lowest level; a warning where it came back."""
    curve = readings.train_loss
    if curve is None:
        return
    rise = sustained_rise(curve.values)
    rise = rise and sustained_rise(curve.values, floor=_floor(curve, rise))
    if rise is None or (curve.phase is not None and not rise.lasting and rise.end - rise.start < _BATCHES):
        return
    steps = (curve.step(rise.start), curve.step(rise.end))
    top = float(curve.values[rise.start : rise.end + 1].max())
    cause = _cause(readings, rise, curve)
    evidence = (
        f"{curve.name} had fallen to {figure(rise.level)} (step {curve.step(rise.low)}) and rose to "
        f"{figure(top)}, {_deviations(rise, top)}, from step {steps[0]} on"
    )
    evidence += "." if rise.lasting else f"; since after step {steps[1]} it is lower again."
    yield Sign(
        metric=curve.name,
        steps=steps,
        severity="warning" if cause or not rise.lasting else None,
        evidence=evidence + (f" {cause}" if cause else ""),
        advice=f"Go back to a checkpoint at or before step {curve.step(rise.low)} and lower the learning "
        f"rate or "
        "clip gradients."
        if rise.lasting
        else "It recovered by itself; a lower learning rate or a longer warm-up avoids it.",
    )


def _floor(curve: Curve, rise: Rise) -> float:
    gain = float(np.median(curve.values[:3])) - rise.level
    level = _OF_LEVEL * abs(rise.level)
    return min(_OF_GAIN * gain, level) if gain > 0 else level


def _deviations(rise: Rise, top: float) -> str:
    if rise.sd <= 1e-12 * abs(top):
        return "where it had no noise at all"
    return f"{(top - rise.level) / rise.sd:,.0f} standard deviations of its noise"


def _cause(readings: Readings, rise: Rise, curve: Curve) -> str:
    """Say whether the loss changed its meaning: a weighted sum whose weights were changed meanwhile."""
    changed = []
    for name in readings.numeric:
        if not name.endswith("_weight_current"):
            continue
        weight = readings.curve(name)
        before, since = _at(weight, rise.low, curve), _at(weight, rise.end, curve)
        if before is not None and since is not None and since > 1.1 * before and since > 0.01:
            changed.append(f"{name} from {figure(before)} to {figure(since)}")
    return (
        f"Its weights changed meanwhile ({', '.join(changed)}), so it may count differently."
        if changed
        else ""
    )


def _at(curve: Curve, row: int, like: Curve) -> float | None:
    """Give a curve's value at the row of another curve."""
    found = np.flatnonzero(curve.rows <= like.rows[row])
    return float(curve.values[found[-1]]) if len(found) else None


@rule(
    "loss-rising", "error", "Mann-Kendall test corrected for autocorrelation (docs/statistics.md), p < 0.001"
)
def loss_rising(readings: Readings) -> Iterator[Sign]:
    """The training loss ends well above where it began, and its trend is upwards."""
    curve = readings.train_loss
    if curve is None or len(curve) < ENOUGH:
        return
    answer = readings.trend(curve)
    first, last = ends(curve)
    if answer.verdict != "worsening" or answer.p_value is None or answer.p_value >= 0.001:
        return
    if last - first > 6 * noise_of(curve.condensed().values):
        yield Sign(
            metric=curve.name,
            steps=curve.span,
            evidence=f"{curve.name} rises from {figure(first)} to {figure(last)} "
            f"(p {_p(answer.p_value)}, {len(curve):,} points).",
            advice="Check the sign of the loss, the learning rate and the order of the data.",
        )


@rule(
    "loss-not-decreasing",
    "warning",
    "Mann-Kendall test corrected for autocorrelation (docs/statistics.md), 5 %",
)
def loss_not_decreasing(readings: Readings) -> Iterator[Sign]:
    """No decrease of the training loss can be shown over the whole run."""
    curve = readings.train_loss
    if curve is None or len(curve) < _PATIENT:
        return
    answer = readings.trend(curve)
    first, last = ends(curve)
    if answer.verdict == "improving" or first - last > 3 * noise_of(curve.condensed().values):
        return
    better = improving_beside(readings)
    yield Sign(
        metric=curve.name,
        steps=curve.span,
        severity="info" if better else None,
        evidence=f"{curve.name} is {figure(first)} at the start and {figure(last)} at the end of "
        f"{len(curve):,} points: no decrease can be shown (p {_p(answer.p_value)}).{better}",
        advice="Judge by what improves; the training loss is too noisy, or too flat, to show it."
        if better
        else _rate_advice(readings),
    )


def improving_beside(readings: Readings) -> str:
    """Name what improves beside the training loss, as a sentence; empty where nothing does."""
    curves = (readings.val_loss, readings.first(QUALITY), readings.first(SSIM))
    names = [curve.name for curve in curves if curve is not None and readings.improves(curve)]
    if not names:
        return ""
    return f" {' and '.join(names)} {'improves' if len(names) == 1 else 'improve'} all the same."


def _rate_advice(readings: Readings) -> str:
    rate = readings.first(LEARNING_RATE)
    level = f" (now {figure(float(rate.values[-1]))})" if rate is not None else ""
    return f"Try another learning rate{level}; check that gradients reach the weights, and the labels."


@rule("loss-decreasing", "info", "auto-analysis guide, Good Signs: decreasing loss over time")
def loss_decreasing(readings: Readings) -> Iterator[Sign]:
    """A loss decreases: a good sign."""
    for curve in (readings.train_loss, readings.val_loss):
        if curve is None or len(curve) < ENOUGH:
            continue
        answer = readings.trend(curve)
        first, last = ends(curve)
        if answer.verdict == "improving" and last < first:
            phase = " (val)" if curve.phase == "val" else ""
            yield Sign(
                metric=curve.name,
                steps=curve.span,
                evidence=f"{curve.name}{phase} decreases from {figure(first)} to {figure(last)} "
                f"(p {_p(answer.p_value)}).",
                advice="Nothing to do.",
            )


@rule(
    "few-points",
    "info",
    "docs/statistics.md: below 8 points not even a series that never falls can be told from noise",
)
def few_points(readings: Readings) -> Iterator[Sign]:
    """Too few points for the rules that ask for trends, noise or plateaus."""
    curve = readings.train_loss or readings.val_loss
    if curve is not None and len(curve) < ENOUGH:
        yield Sign(
            metric=curve.name,
            steps=curve.span,
            evidence=f"{curve.name} has {times(len(curve), 'point')}: too few for the rules that ask for "
            f"trends.",
            advice=f"Ask again after {ENOUGH} or more.",
        )


def _p(value: float | None) -> str:
    if value is None:
        return "not known"
    return "< 0.0001" if value < 0.0001 else f"= {value:.2g}"
