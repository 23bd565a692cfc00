"""Plateaus: nothing gained for N validations."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from statkit.analysis.health.readings import LEARNING_RATE, Readings
from statkit.analysis.health.registry import Sign, rule
from statkit.analysis.health.rules_loss import improving_beside
from statkit.analysis.health.words import figure, share

#: A learning rate below this share of its highest has been brought down: a plateau is then expected.
_BROUGHT_DOWN: Final = 0.2


@rule(
    "plateau",
    "warning",
    "auto-analysis guide, Warning Signs: loss plateauing; the rule of docs/statistics.md, N = a fifth of "
    "all, 10 at least",
)
def plateau(readings: Readings) -> Iterator[Sign]:
    """A loss or quality gained nothing for N points; info where the learning rate has run out."""
    for curve in readings.watched:
        if curve.metric.direction is None:
            continue
        answer = readings.trend(curve)
        if answer.plateau_since is None or answer.verdict == "worsening":
            continue
        since = int(answer.plateau_since)
        lowered = _lowered(readings)
        better = improving_beside(readings) if curve is readings.train_loss else ""
        yield Sign(
            metric=curve.name,
            steps=(since, curve.step(-1)),
            severity="info" if lowered or better else None,
            evidence=f"{curve.name} gained nothing since step {since}, for {answer.patience} points or more; "
            f"best "
            f"{figure(answer.best.value, curve.metric.unit)} at step {answer.best.step}.{lowered}{better}",
            advice=_advice(lowered, better),
        )


def _advice(lowered: str, better: str) -> str:
    if better:
        return "Judge by what still improves."
    if lowered:
        return "The schedule has run out: this is where the run ends."
    return "Stop here, or lower the learning rate; going on as it is buys nothing that can be shown."


def _lowered(readings: Readings) -> str:
    rate = readings.first(LEARNING_RATE)
    if rate is None or rate.values.max() <= 0:
        return ""
    left = float(rate.values[-1] / rate.values.max())
    return f" The learning rate is down to {share(left)} of its highest." if left < _BROUGHT_DOWN else ""
