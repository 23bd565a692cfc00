"""Plateaus: nothing gained for N validations."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from statkit.analysis.health.readings import LEARNING_RATE, Curve, Readings
from statkit.analysis.health.registry import Sign, rule
from statkit.analysis.health.rules_loss import asked_trend
from statkit.analysis.health.words import figure, share

#: A learning rate below this share of its highest has been brought down: a plateau is then expected.
_BROUGHT_DOWN: Final = 0.1


@rule(
    "plateau",
    "warning",
    "auto-analysis guide, Warning Signs: loss plateauing; the rule of docs/statistics.md, N = a fifth of all, 10 at least",
)
def plateau(readings: Readings) -> Iterator[Sign]:
    """A loss or quality gained nothing for N points; info once the learning rate has been brought down."""
    for curve in readings.watched:
        if curve.metric.direction is None:
            continue
        answer = asked_trend(curve)
        if answer.plateau_since is None or answer.verdict == "worsening":
            continue
        since = int(answer.plateau_since)
        lowered = _lowered(readings, curve)
        yield Sign(
            metric=curve.name,
            steps=(since, curve.step(-1)),
            severity="info" if lowered else None,
            evidence=f"{curve.name} gained nothing since step {since}, for {answer.patience} points or more; best "
            f"{figure(answer.best.value, curve.metric.unit)} at step {answer.best.step}.{lowered}",
            advice="The schedule has run out: this is where the run ends."
            if lowered
            else "Stop here, or lower the learning rate; longer training as it is buys nothing that can be shown.",
        )


def _lowered(readings: Readings, curve: Curve) -> str:
    rate = readings.first(LEARNING_RATE)
    if rate is None or rate.values.max() <= 0:
        return ""
    left = float(rate.values[-1] / rate.values.max())
    return f" The learning rate is down to {share(left)} of its highest." if left < _BROUGHT_DOWN else ""
