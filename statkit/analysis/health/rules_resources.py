"""Memory and time: stable, growing, or spiking."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np

from statkit.analysis.health.readings import INFERENCE_TIME, MEMORY, STEP_TIME, Curve, Readings
from statkit.analysis.health.registry import HEURISTIC, Sign, rule
from statkit.analysis.health.rules_spikes import off_neighbours, spike_rows
from statkit.analysis.health.words import figure, share, times
from statkit.analysis.trends import ENOUGH, trend

#: The first rows are warm-up: allocators fill, kernels are chosen.
_WARM: Final = 2

#: Growth from the first to the last quarter that matters, as a share.
_MEMORY: Final = 0.10
_TIME: Final = 0.25

#: A spike in memory matters from this share of the level.
_SPIKE: Final = 0.25

#: Stable: the middle 90 % of values span no more than this share of their median.
_STABLE: Final = 0.10

#: The project's line for one batch, in ms.
INFERENCE_LINE: Final = 200.0

_GUIDE: Final = "auto-analysis guide"
_CLOCKS: Final = {"s": 1000.0, "ms": 1.0}


def _warm(readings: Readings, names: tuple[str, ...]) -> Curve | None:
    """Give the curve after the warm-up; None where too little of it is left."""
    curve = readings.first(names)
    if curve is None or len(curve) - _WARM < ENOUGH:
        return None
    return curve.since(_WARM)


def growth(curve: Curve) -> tuple[float, float, float]:
    """Give the medians of the first and the last quarter, and the growth between them as a share."""
    quarter = max(2, len(curve) // 4)
    first, last = float(np.median(curve.values[:quarter])), float(np.median(curve.values[-quarter:]))
    level = max(abs(first), 1e-12)
    return first, last, (last - first) / level


def _keeps_growing(curve: Curve) -> bool:
    """Tell a growth that goes on from one step up: both halves rise (corrected Mann-Kendall, 5 %)."""
    if len(curve) < 2 * ENOUGH:
        return _grows(curve)
    middle = len(curve) // 2
    return _grows(curve.part(slice(0, middle))) and _grows(curve.since(middle))


def _grows(curve: Curve) -> bool:
    short = curve.condensed()
    return trend(short.steps, short.values, direction="min").verdict == "worsening"


@rule(
    "memory-growth", "warning", f"{_GUIDE}, Key Performance Indicators: memory stable; 10 % is a {HEURISTIC}"
)
def memory_growth(readings: Readings) -> Iterator[Sign]:
    """Memory grows by 10 % or more and goes on growing: something is kept that should be freed."""
    curve = _warm(readings, MEMORY)
    if curve is None:
        return
    first, last, grown = growth(curve)
    if grown < _MEMORY or not _keeps_growing(curve):
        return
    unit = curve.metric.unit
    yield Sign(
        metric=curve.name,
        steps=curve.span,
        evidence=f"{curve.name} grows from {figure(first, unit)} to {figure(last, unit)} (+{share(grown)}) "
        f"and goes on.",
        advice="Look for lists of tensors that keep their graph (use .item() or .detach()), and for growing "
        "caches.",
    )


@rule("memory-spike", "warning", f"{_GUIDE}, Warning Signs: memory usage spiking; 25 % is a {HEURISTIC}")
def memory_spike(readings: Readings) -> Iterator[Sign]:
    """Memory jumps 25 % or more above its neighbours in single rows."""
    curve = _warm(readings, MEMORY)
    if curve is None:
        return
    off = off_neighbours(curve.values)
    around = np.abs(curve.values - off)
    rows = [row for row in spike_rows(curve.values) if off[row] > _SPIKE * around[row]]
    if rows:
        worst = max(rows, key=lambda row: float(off[row]))
        unit = curve.metric.unit
        yield Sign(
            metric=curve.name,
            steps=(curve.step(rows[0]), curve.step(rows[-1])),
            evidence=f"{times(len(rows), 'spike')} of {curve.name}; the largest "
            f"{figure(float(curve.values[worst]), unit)} "
            f"at step {curve.step(worst)}, where {figure(float(around[worst]), unit)} would be expected.",
            advice="Look at what these steps do besides training: validation, images, checkpoints, a larger "
            "batch.",
        )


@rule("memory-stable", "info", f"{_GUIDE}, Good Signs: stable memory usage; 10 % is a {HEURISTIC}")
def memory_stable(readings: Readings) -> Iterator[Sign]:
    """Memory stays within 10 % of its median: a good sign."""
    curve = _warm(readings, MEMORY)
    if curve is None or spike_rows(curve.values):
        return
    low, middle, high = np.percentile(curve.values, [5, 50, 95])
    if middle > 0 and high - low <= _STABLE * middle and growth(curve)[2] < _MEMORY:
        unit = curve.metric.unit
        yield Sign(
            metric=curve.name,
            steps=curve.span,
            evidence=f"{curve.name} stays at {figure(float(middle), unit)} ({figure(float(low), unit)} to "
            f"{figure(float(high), unit)}).",
            advice="Nothing to do.",
        )


def _slower(readings: Readings, names: tuple[str, ...], what: str) -> Iterator[Sign]:
    curve = _warm(readings, names)
    if curve is None:
        return
    first, last, grown = growth(curve)
    if grown < _TIME or not _grows(curve):
        return
    unit = curve.metric.unit
    yield Sign(
        metric=curve.name,
        steps=curve.span,
        evidence=f"{curve.name} grows from {figure(first, unit)} to {figure(last, unit)} (+{share(grown)}): "
        f"{what}.",
        advice="Look at data loading, at other work on the machine, at clocks lowered by heat, and at lists "
        "that grow.",
    )


@rule(
    "step-time-growth",
    "warning",
    f"{_GUIDE}, timing should not increase significantly; 25 % is a {HEURISTIC}",
)
def step_time_growth(readings: Readings) -> Iterator[Sign]:
    """A training step takes 25 % longer at the end than at the start, and the trend is upwards."""
    yield from _slower(readings, STEP_TIME, "steps become slower")


@rule(
    "inference-time-growth",
    "warning",
    f"{_GUIDE}, Warning Signs: inference time increasing; 25 % is a {HEURISTIC}",
)
def inference_time_growth(readings: Readings) -> Iterator[Sign]:
    """A forward pass takes 25 % longer at the end than at the start, and the trend is upwards."""
    yield from _slower(readings, INFERENCE_TIME, "forward passes become slower")


@rule(
    "inference-time",
    "warning",
    f"{_GUIDE}, Good Signs: under 200 ms a batch; {HEURISTIC}, no clinical criterion",
)
def inference_time(readings: Readings) -> Iterator[Sign]:
    """The median forward pass is under 200 ms a batch (info, a good sign) or not (warning)."""
    curve = readings.first(INFERENCE_TIME)
    if curve is None or not curve.values.any():
        return
    curve = curve.since(_WARM) if len(curve) > 2 * _WARM else curve
    to_ms = _CLOCKS.get(curve.metric.unit or "ms", 1.0)
    middle, high = (float(value) for value in np.percentile(curve.values, [50, 95]) * to_ms)
    fast = middle < INFERENCE_LINE
    yield Sign(
        metric=curve.name,
        steps=curve.span,
        severity="info" if fast else None,
        evidence=f"{curve.name} is {figure(middle, 'ms')} a batch in the median, {figure(high, 'ms')} at the "
        f"95th percentile: "
        f"{'under' if fast else 'not under'} the project's line of 200 ms.",
        advice="Nothing to do."
        if fast
        else "Judge by time a tile and tiles a slide, not by this line; smaller batches or a faster device "
        "lower it.",
    )
