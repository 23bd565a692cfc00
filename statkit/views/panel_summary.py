"""The panel of numbers: performance, timing and memory, attention with its bands."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

import numpy as np

from statkit.analysis.bands import BANDS, Band
from statkit.layout import natural_key
from statkit.records import is_number
from statkit.schema import split_attention
from statkit.views import panel_association
from statkit.views.numbers import float_of, number_text
from statkit.views.panels import Panels
from statkit.views.plot_area import FAINT, INK, QUIET
from statkit.views.sheet import Sheet

#: With more layers than this each gets one line of numbers instead of a gauge a metric.
MOST_GAUGED: Final = 2
MOST_LINES: Final = 8

_LINE: Final = 20
_SIZE: Final = 9.5
_IN_BAND: Final = "#0072b2"
_OUT: Final = "#8a8a8a"
_BAND: Final = "#cfe3f1"

#: Key, name, format and unit; two keys are two spellings of one number.
_PERFORMANCE: Final = (
    (("loss",), "loss", ".4g", ""),
    (("ssim",), "SSIM", ".4f", ""),
    (("psnr",), "PSNR", ".2f", " dB"),
    (("mse",), "MSE", ".4g", ""),
)
_COST: Final = (
    (("training_time_ms",), "step", ",.1f", " ms"),
    (("inference_time_ms",), "forward", ",.1f", " ms"),
    (("analysis_time_ms",), "analysis", ",.2f", " ms"),
    (("memory_mb", "memory_usage_mb"), "memory", ",.0f", " MiB"),
)

Box = tuple[int, int, int, int]
Entry = tuple[tuple[str, ...], str, str, str]


def about(panels: Panels) -> str:
    """Say what the numbers are of."""
    size = panels.record.get("batch_size")
    images = f" of {size:,} images" if is_number(size) else ""
    return f"this batch{images}; attention: mean over its images"


def draw(sheet: Sheet, box: Box, panels: Panels) -> None:
    """Write the numbers in two columns, then one block a layer."""
    left, top, width, height = box
    half = width // 2
    y = top + 14
    ends = (
        _block(sheet, left, y, half - 24, "Performance", _PERFORMANCE, panels.record),
        _block(sheet, left + half, y, width - half, "Time and memory", _COST, panels.record),
    )
    y = max(ends)
    for label, values in _progress(panels):
        sheet.text(left, y, label, size=_SIZE, colour=QUIET)
        sheet.text(left + width, y, values, size=_SIZE, colour=INK, align="right", most=width - 135)
        y += _LINE
    bottom = top + height - panel_association.height(panels.record)
    y = _attention(sheet, left, y + 12, width, bottom, panels)
    panel_association.draw(sheet, left, y + 6, width, panels.record)


def _block(
    sheet: Sheet, left: int, y: int, width: int, title: str, entries: tuple[Entry, ...], record: Any
) -> int:
    sheet.text(left, y, title, size=10, bold=True, colour=INK)
    y += _LINE + 2
    for keys, name, form, unit in entries:
        sheet.text(left, y, name, size=_SIZE, colour=QUIET)
        text = number_text(_value(record, *keys), form, unit)
        sheet.text(left + width, y, text, size=_SIZE, colour=INK, align="right", most=width - 60)
        y += _LINE
    return y


def _progress(panels: Panels) -> Iterator[tuple[str, str]]:
    """Give first and latest value of the smoothed curves, the phases side by side."""
    for metric, name in (("loss", "loss, smoothed"), ("ssim", "SSIM, smoothed")):
        told = []
        for curve in panels.so_far().of(metric):
            smoothed = curve.smoothed[np.isfinite(curve.smoothed)]
            told.append(f"{curve.phase} {smoothed[0]:.3g} → {smoothed[-1]:.3g}")
        if told:
            yield name, "   ".join(told)


def _layers(record: Mapping[str, Any]) -> dict[str, dict[str, float | None]]:
    """Give the banded metrics of every layer, natural order."""
    found: dict[str, dict[str, float | None]] = {}
    for key, value in record.items():
        parts = split_attention(key)
        if parts is not None and parts[1] in BANDS:
            found.setdefault(parts[0], {})[parts[1]] = float_of(value) if is_number(value) else None
    return {layer: found[layer] for layer in sorted(found, key=natural_key)}


def _attention(sheet: Sheet, left: int, y: int, width: int, bottom: int, panels: Panels) -> int:
    layers = _layers(panels.record)
    if not layers:
        sheet.text(left, y, "Attention", size=10, bold=True, colour=INK)
        sheet.text(left, y + _LINE, "not measured for this batch", size=_SIZE, colour=QUIET)
        return y + 2 * _LINE
    room = (bottom - y) // _LINE
    if len(layers) <= MOST_GAUGED and len(layers) * (len(BANDS) + 1) <= room:
        for layer, values in layers.items():
            y = _gauges(sheet, left, y, width, layer, values)
        return y
    return _lines(sheet, left, y, width, min(MOST_LINES, room - 2), layers)


def _gauges(
    sheet: Sheet, left: int, y: int, width: int, layer: str, values: Mapping[str, float | None]
) -> int:
    sheet.text(left, y, f"Attention of {layer}", size=10, bold=True, colour=INK, most=width)
    y += _LINE
    for metric, band in BANDS.items():
        value = values.get(metric)
        sheet.text(left, y, band.title, size=_SIZE, colour=QUIET)
        sheet.text(left + 165, y, number_text(value, ".3g", ""), size=_SIZE, colour=INK, align="right")
        _gauge(sheet, left + 185, y - 4, 150, band, value)
        word = band.word(value) if value is not None else ""
        sheet.text(left + 352, y, word, size=_SIZE, colour=INK, most=width - 352)
        y += _LINE
    return y + 4


def _gauge(sheet: Sheet, x: int, y: int, width: int, band: Band, value: float | None) -> None:
    """Draw the scale as a line, the band as a bar on it, the value as a dot."""
    low, high = band.scale

    def place(number: float) -> float:
        return x + width * min(1.0, max(0.0, (number - low) / (high - low)))

    sheet.line([(x, y), (x + width, y)], colour=FAINT, width=1.4)
    sheet.rectangle(place(band.low), y - 4, place(band.high) - place(band.low), 8, colour=_BAND)
    if value is not None and value == value:
        inside = band.low <= value <= band.high
        sheet.dot(place(value), y, 4.0, colour=_IN_BAND if inside else _OUT, edge="#ffffff")


def _lines(
    sheet: Sheet,
    left: int,
    y: int,
    width: int,
    most: int,
    layers: Mapping[str, Mapping[str, float | None]],
) -> int:
    """Write one line a layer; values within their band are in colour."""
    titles = {"attention_concentration_10": "top 10 %"}
    rights = [
        left + 190 + place * (width - 190) // len(BANDS) + (width - 190) // len(BANDS) for place in range(4)
    ]
    sheet.text(left, y, "Attention", size=10, bold=True, colour=INK)
    for right, (metric, band) in zip(rights, BANDS.items(), strict=True):
        sheet.text(right, y, titles.get(metric, band.title), size=9, colour=QUIET, align="right")
    y += _LINE
    for layer in list(layers)[:most]:
        sheet.text(left, y, layer, size=_SIZE, colour=QUIET, most=185)
        for right, (metric, band) in zip(rights, BANDS.items(), strict=True):
            value = layers[layer].get(metric)
            inside = value is not None and band.low <= value <= band.high
            colour = _IN_BAND if inside else INK
            sheet.text(
                right, y, number_text(value, ".3g", ""), size=_SIZE, colour=colour, align="right", bold=inside
            )
        y += _LINE
    more = len(layers) - most
    note = f"{more} more layer{'s' if more > 1 else ''}; " if more > 0 else ""
    sheet.text(left, y, note + "in bold: within the band", size=8.5, colour=QUIET)
    return y + _LINE


def _value(record: Mapping[str, Any], *keys: str) -> float | None:
    for key in keys:
        if is_number(record.get(key)):
            return float_of(record[key])
    return None
