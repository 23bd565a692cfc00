"""The charts of batch records: loss and quality by phase, cost, attention by layer."""

from __future__ import annotations

from typing import Final

import numpy as np

from statkit.analysis.bands import BANDS, IMPOSSIBLE
from statkit.analysis.progress import Progress, ProgressCurve
from statkit.layout import natural_key
from statkit.schema import split_attention
from statkit.views.charts import COLOURS, Chart, Line

#: One colour a phase.
_PHASES: Final = {"train": "#0072b2", "val": "#d55e00"}
_OTHER: Final = "#009e73"
_SSIM_LINE: Final = 0.8

#: Key, label, and whether its scale may be logarithmic.
_QUALITIES: Final = {
    "loss": ("loss", True),
    "ssim": ("SSIM (dashed: 0.8)", False),
    "psnr": ("PSNR, dB", False),
    "mse": ("MSE", True),
}
_TIMES: Final = {"training_time_ms": "step", "inference_time_ms": "forward", "analysis_time_ms": "analysis"}
_MEMORY: Final = ("memory_mb", "memory_usage_mb")

#: What the axis of an attention metric says, where the metric has no band.
_LABELS: Final = {
    "attention_entropy": "entropy, nats",
    "attention_concentration_10": "top 10 % share",
    "attention_sparsity": "sparsity",
    "num_attention_peaks": "peaks",
    "attention_center_distance": "distance to centre",
    "attention_contrast": "contrast",
}

#: What is to be said of metrics without a band.
_WITHOUT_BAND: Final = {
    "attention_center_distance": "of the centroid, as a share of the half diagonal; no band",
    "attention_contrast": "(max − min) / (|max| + |min|) of the map; no band",
}

#: Fields whose curves are worth drawing, beside those of attention.
FIELDS: Final = (*_QUALITIES, *_TIMES, *_MEMORY)

#: Metrics of attention whose curves are worth drawing.
ATTENTION_METRICS: Final = tuple(_LABELS)


def quality(found: Progress, metric: str, share: int = 1) -> Chart:
    """Make the chart of loss, SSIM, PSNR or MSE, a line a phase."""
    label, log = _QUALITIES[metric]
    return Chart(
        label=label,
        lines=_by_phase(found, metric),
        share=share,
        log=log,
        level=_SSIM_LINE if metric == "ssim" else None,
    )


def times(found: Progress, phase: str) -> Chart:
    """Make the chart of what a batch of a phase takes."""
    lines = [
        Line(name=name, curve=curve, colour=COLOURS[place])
        for place, (metric, name) in enumerate(_TIMES.items())
        for curve in found.of(metric)
        if curve.phase == phase
    ]
    return Chart(label=f"time a {phase} batch, ms", lines=tuple(lines), log=True)


def memory(found: Progress) -> Chart:
    """Make the chart of memory, a line a phase."""
    lines = [line for metric in _MEMORY for line in _by_phase(found, metric)]
    return Chart(label="memory, MiB", lines=tuple(lines))


def attention(found: Progress, metric: str, phase: str) -> Chart:
    """Make the chart of one attention metric, a line a layer in natural order."""
    lines = [
        Line(name=layer, curve=curve, colour=COLOURS[place])
        for place, layer in enumerate(layers(found)[: len(COLOURS)])
        for curve in found.of(f"attention_{layer}_{metric}")
        if curve.phase == phase
    ]
    band = BANDS.get(metric)
    return Chart(
        label=_LABELS[metric],
        lines=tuple(lines),
        band=None if band is None else (band.low, band.high),
    )


def layers(found: Progress) -> list[str]:
    """Name the layers that have a curve, in natural order."""
    split = [parts for curve in found.curves if (parts := split_attention(curve.metric)) is not None]
    return sorted({layer for layer, _ in split}, key=natural_key)


def attention_about(found: Progress, metric: str, phase: str) -> str:
    """Say what a metric's band is, or why its values cannot be what the definition says."""
    band = BANDS.get(metric)
    curves = [line.curve for line in attention(found, metric, phase).shown]
    if not curves:
        kept = [c for c in found.curves if c.metric.endswith(f"_{metric}") and c.phase == phase]
        return "no finite value in the records" if kept else "not in the records"
    if band is None:
        return _WITHOUT_BAND.get(metric, "")
    ends = [float(np.nanmin(c.lows)) for c in curves] + [float(np.nanmax(c.highs)) for c in curves]
    if IMPOSSIBLE in map(band.word, ends):
        return f"{min(ends):.3g} to {max(ends):.3g}: outside what the definition allows"
    return f"shaded: {band.low:g} to {band.high:g}, {band.words[1]}"


def _by_phase(found: Progress, metric: str) -> tuple[Line, ...]:
    curves: tuple[ProgressCurve, ...] = found.of(metric)
    return tuple(
        Line(name=curve.phase, curve=curve, colour=_PHASES.get(curve.phase, _OTHER)) for curve in curves
    )
