"""Attention: bands, drift out of them, variance, values its definition forbids.

The bands are the original program's heuristics, never validated; being outside is something to know,
not an illness. Leaving a band during training is a warning.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Final

import numpy as np

from statkit.analysis.arrays import MEDIAN_DEVIATION, Floats
from statkit.analysis.bands import BANDS
from statkit.analysis.health.readings import Curve, Readings
from statkit.analysis.health.registry import HEURISTIC, Sign, rule
from statkit.analysis.health.words import figure, listed, share
from statkit.schema import split_attention

#: What the definitions allow.
_POSSIBLE: Final = {
    **{name: band.possible for name, band in BANDS.items() if math.isfinite(band.possible[1])},
    "attention_concentration_20": (0.0, 1.0),
    "attention_center_distance": (0.0, 1.0),
    "peak_coverage": (0.0, 1.0),
}

_QUARTER_AT_LEAST: Final = 5
_CONSTANT_FROM: Final = 20
_ROUNDING: Final = 1e-6


def _curves(readings: Readings) -> Iterator[tuple[str, str, Curve]]:
    """Give layer, metric and curve of every attention field."""
    for name in readings.numeric:
        parts = split_attention(name)
        if parts is None:
            continue
        curve = readings.curve(name)
        if len(curve):
            yield (*parts, curve)


def _banded(readings: Readings) -> Iterator[tuple[str, str, Curve, tuple[float, float]]]:
    """Give the curves that have a band, of layers that obey the definitions."""
    doubtful = {layer for layer, *_ in _impossible(readings)}
    for layer, metric, curve in _curves(readings):
        if curve.metric.good is not None and metric in BANDS and layer not in doubtful:
            yield layer, metric, curve, curve.metric.good


def _impossible(readings: Readings) -> Iterator[tuple[str, str, Curve, list[int]]]:
    """Give layer, metric, curve and the points that its definition does not allow; all phases."""
    for layer, metric, each in _curves(readings):
        low, high = _POSSIBLE.get(metric, (-math.inf, math.inf))
        curve = readings.all_phases(each.name)
        wrong = np.flatnonzero((curve.values < low - _ROUNDING) | (curve.values > high + _ROUNDING))
        if len(wrong):
            yield layer, metric, curve, [int(row) for row in wrong]


def _word(metric: str, value: float, band: tuple[float, float]) -> str:
    below, inside, above = BANDS[metric].words
    return below if value < band[0] else above if value > band[1] else inside


def _quarters(values: Floats) -> tuple[float, float]:
    """Give the medians of the first and the last quarter."""
    quarter = max(1, len(values) // 4)
    return float(np.median(values[:quarter])), float(np.median(values[-quarter:]))


@rule(
    "attention-impossible",
    "warning",
    "the definitions of the metrics (docs/health.md); observed in files of the original program",
)
def attention_impossible(readings: Readings) -> Iterator[Sign]:
    """An attention metric holds values its definition forbids: that layer's bands are not asked."""
    by_layer: dict[str, list[tuple[str, Curve, list[int]]]] = {}
    for layer, metric, curve, wrong in _impossible(readings):
        by_layer.setdefault(layer, []).append((metric, curve, wrong))
    for layer, found in by_layer.items():
        told = [_beyond(metric, curve, wrong) for metric, curve, wrong in found]
        yield Sign(
            metric=found[0][1].name,
            steps=(
                min(curve.step(wrong[0]) for _, curve, wrong in found),
                max(curve.step(wrong[-1]) for _, curve, wrong in found),
            ),
            evidence=f"{layer} holds what no attention map can: {'; '.join(told)}.",
            advice="The hook took signed features instead of the attention gate, or another unit: do not "
            "read "
            "this layer as attention.",
        )


def _beyond(metric: str, curve: Curve, wrong: list[int]) -> str:
    low, high = _POSSIBLE[metric]
    return (
        f"{metric} from {figure(float(curve.values.min()))} to {figure(float(curve.values.max()))}, where "
        f"{figure(low)} to {figure(high)} is possible ({len(wrong):,} of {len(curve):,} rows outside)"
    )


@rule(
    "attention-constant",
    "info",
    "observed in files of the original program: a coverage that its threshold fixes",
)
def attention_constant(readings: Readings) -> Iterator[Sign]:
    """An attention metric has one value in every row: it measures nothing."""
    still = [
        curve
        for _, _, curve in _curves(readings)
        if len(curve) >= _CONSTANT_FROM and float(np.ptp(curve.values)) == 0
    ]
    if still:
        yield Sign(
            metric=still[0].name,
            steps=still[0].span,
            evidence=f"{listed([curve.name for curve in still])} never vary "
            f"({figure(float(still[0].values[0]))} in "
            f"{len(still[0]):,} rows).",
            advice="Leave it out of comparisons: it is fixed by how it is computed.",
        )


@rule(
    "attention-drift",
    "warning",
    f"auto-analysis guide, Warning Signs: attention becoming too concentrated or too diffuse; {HEURISTIC}",
)
def attention_drift(readings: Readings) -> Iterator[Sign]:
    """An attention metric began inside its band and has left it."""
    for layer, metric, curve, band in _banded(readings):
        if len(curve) < 4 * _QUARTER_AT_LEAST:
            continue
        first, last = _quarters(curve.values)
        if band[0] <= first <= band[1] and not band[0] <= last <= band[1]:
            yield Sign(
                metric=curve.name,
                steps=curve.span,
                evidence=f"{metric} of {layer} went from {figure(first, curve.metric.unit)} to "
                f"{figure(last, curve.metric.unit)}, "
                f"out of {_band(band)}: {_word(metric, last, band)}.",
                advice="Look at the maps before and after; the band itself proves nothing.",
            )


@rule("attention-band", "info", f"auto-analysis guide, Understanding the Metrics; {HEURISTIC}")
def attention_band(readings: Readings) -> Iterator[Sign]:
    """Where attention metrics lie by the project's bands: one finding a metric, all layers in it."""
    by_metric: dict[str, list[tuple[str, Curve, tuple[float, float]]]] = {}
    for layer, metric, curve, band in _banded(readings):
        by_metric.setdefault(metric, []).append((layer, curve, band))
    for metric, found in by_metric.items():
        curve, band = found[0][1], found[0][2]
        told = []
        for layer, each, _ in found:
            last = _quarters(each.values)[1]
            inside = float(np.mean((each.values >= band[0]) & (each.values <= band[1])))
            told.append(
                f"{layer} {figure(last, curve.metric.unit)}, {_word(metric, last, band)} ({share(inside)} of "
                f"rows inside)"
            )
        yield Sign(
            metric=curve.name,
            steps=curve.span,
            evidence=f"{metric} at the end, band {_band(band)}: {'; '.join(told)}.",
            advice="A description, no verdict: these bands were never validated.",
        )


@rule(
    "attention-variance",
    "warning",
    f"auto-analysis guide, Warning Signs: high variance in attention metrics; {HEURISTIC}",
)
def attention_variance(readings: Readings) -> Iterator[Sign]:
    """An attention metric varies so much in the second half that one deviation either way spans its band."""
    for layer, metric, curve, band in _banded(readings):
        if len(curve) < 2 * _CONSTANT_FROM or metric == "num_attention_peaks":
            continue
        late = curve.since(len(curve) // 2)
        sd = _spread(late.values)
        if sd >= (band[1] - band[0]) / 2:
            yield Sign(
                metric=curve.name,
                steps=late.span,
                evidence=f"{metric} of {layer} varies by {figure(sd, curve.metric.unit)} (standard "
                f"deviation, second half), as wide as "
                f"half its band {_band(band)}.",
                advice="Average over more batches before reading a trend; look at single maps.",
            )


@rule(
    "attention-consistent",
    "info",
    f"auto-analysis guide, Good Signs: consistent attention patterns; {HEURISTIC}",
)
def attention_consistent(readings: Readings) -> Iterator[Sign]:
    """Entropy and concentration stay inside their bands in nine of ten late rows: a good sign."""
    steady = []
    by_layer: dict[str, list[Curve]] = {}
    for layer, metric, curve, _ in _banded(readings):
        if metric in ("attention_entropy", "attention_concentration_10") and len(curve) >= _CONSTANT_FROM:
            by_layer.setdefault(layer, []).append(curve)
    for layer, curves in by_layer.items():
        if len(curves) == 2 and all(_inside(curve) >= 0.9 for curve in curves):
            steady.append((layer, curves[0]))
    if steady:
        yield Sign(
            metric=steady[0][1].name,
            steps=steady[0][1].span,
            evidence=f"entropy and concentration of {listed([layer for layer, _ in steady])} stay inside "
            f"their bands in nine of "
            "ten rows of the second half, or more.",
            advice="Nothing to do.",
        )


def _inside(curve: Curve) -> float:
    low, high = curve.metric.good or (-math.inf, math.inf)
    late = curve.values[len(curve) // 2 :]
    return float(np.mean((late >= low) & (late <= high)))


def _spread(values: Floats) -> float:
    """Estimate the standard deviation between batches, trend removed by first differences."""
    return MEDIAN_DEVIATION * float(np.median(np.abs(np.diff(values)))) / math.sqrt(2)


def _band(band: tuple[float, float]) -> str:
    return f"{figure(band[0])} to {figure(band[1])}"
