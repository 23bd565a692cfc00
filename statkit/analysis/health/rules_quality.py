"""Quality: does it improve, does it fall back, is SSIM where the project wants it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np

from statkit.analysis.health.readings import QUALITY, SSIM, Curve, Readings
from statkit.analysis.health.registry import HEURISTIC, Sign, rule
from statkit.analysis.health.rises import sustained_rise
from statkit.analysis.health.rules_loss import ends
from statkit.analysis.health.words import figure, share
from statkit.analysis.trends import ENOUGH

#: Three validations in a row must lie so many standard deviations, and this share, below the best level.
_DEVIATIONS: Final = 4.0
_SHARE: Final = 0.02

_PATIENT: Final = 16
_LAST: Final = 10


def _qualities(readings: Readings) -> Iterator[Curve]:
    for names in (QUALITY, SSIM):
        curve = readings.first(names)
        if curve is not None and curve.metric.direction == "max" and len(curve):
            yield curve


@rule("quality-regress", "warning", "calibrated by simulation (docs/health.md)")
def quality_regress(readings: Readings) -> Iterator[Sign]:
    """Quality stays below its best level: three points in a row by four deviations of the noise and 2 %."""
    for curve in _qualities(readings):
        rise = sustained_rise(
            -curve.values, floor=_SHARE * float(np.abs(curve.values).max()), deviations=_DEVIATIONS
        )
        if rise is None or not rise.lasting:
            continue
        best, now = -rise.level, float(np.median(curve.values[-3:]))
        unit = curve.metric.unit
        yield Sign(
            metric=curve.name,
            steps=(curve.step(rise.start), curve.step(-1)),
            evidence=f"{curve.name} was {figure(best, unit)} around step {curve.step(rise.low)} and is "
            f"{figure(now, unit)} now, "
            f"{share((best - now) / abs(best)) if best else 'all'} less.",
            advice=f"Take the checkpoint at step {curve.step(rise.low)}; look at what changed after it.",
        )


@rule("quality-improving", "info", "auto-analysis guide, Good Signs: increasing SSIM")
def quality_improving(readings: Readings) -> Iterator[Sign]:
    """Quality or SSIM increases: a good sign."""
    for curve in _qualities(readings):
        if len(curve) < ENOUGH:
            continue
        answer = readings.trend(curve)
        first, last = ends(curve)
        if answer.verdict == "improving" and last > first:
            unit = curve.metric.unit
            yield Sign(
                metric=curve.name,
                steps=curve.span,
                evidence=f"{curve.name} increases from {figure(first, unit)} to {figure(last, unit)}.",
                advice="Nothing to do.",
            )


@rule(
    "quality-not-improving",
    "warning",
    "auto-analysis guide, Warning Signs: SSIM not improving; corrected Mann-Kendall test "
    "(docs/statistics.md), 5 %",
)
def quality_not_improving(readings: Readings) -> Iterator[Sign]:
    """No increase of quality or SSIM can be shown over the whole run."""
    for curve in _qualities(readings):
        if len(curve) < _PATIENT:
            continue
        answer = readings.trend(curve)
        first, last = ends(curve)
        if answer.verdict == "improving" or (answer.plateau_since is not None and last > first):
            continue
        word = "decreases" if answer.verdict == "worsening" else "shows no increase"
        yield Sign(
            metric=curve.name,
            steps=curve.span,
            evidence=f"{curve.name} {word} over {len(curve):,} points: {figure(first)} at the start, "
            f"{figure(last)} at the end.",
            advice="Compare with the loss: if that falls, it does not measure what the quality does.",
        )


@rule(
    "ssim-level",
    "info",
    f"auto-analysis guide, Key Performance Indicators: SSIM of 0.8 or more is good; {HEURISTIC}",
)
def ssim_level(readings: Readings) -> Iterator[Sign]:
    """Whether SSIM has reached the good range (0.8 or more) at the end."""
    curve = readings.first(SSIM)
    line = curve.metric.good if curve is not None else None
    if curve is None or line is None:
        return
    now = float(np.median(curve.values[-_LAST:]))
    reached = now >= line[0]
    yield Sign(
        metric=curve.name,
        steps=(curve.step(max(0, len(curve) - _LAST)), curve.step(-1)),
        evidence=f"{curve.name} ends at {figure(now)}, {'at or above' if reached else 'below'} the project's "
        f"{line[0]}.",
        advice="Nothing to do."
        if reached
        else "SSIM depends on its window and data range: compare only like with like.",
    )
