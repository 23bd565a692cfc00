"""How the six panels lie on the sheet: title, three images, attention, progress, statistics."""

from __future__ import annotations

from typing import Any, Final

from statkit.analysis.bands import BANDS_SOURCE
from statkit.records import is_number
from statkit.views import panel_images, panel_progress, panel_summary
from statkit.views.numbers import plain
from statkit.views.panels import Panels
from statkit.views.plot_area import FAINT, INK, QUIET
from statkit.views.sheet import Sheet

_MARGIN: Final = 34
_GAP: Final = 34
_COLUMN: Final = (1500 - 2 * _MARGIN - 2 * _GAP) // 3
_TOP: Final = 96
_ROW: Final = 428
_HEAD: Final = 52

#: Left, top, width and height of the inside of each panel.
Box = tuple[int, int, int, int]


def compose(sheet: Sheet, panels: Panels) -> None:
    """Draw all of a dashboard on an empty sheet of 1500 × 1000."""
    _title(sheet, panels)
    panel_images.original(sheet, _panel(sheet, 0, "Original", _size_of(panels, "input")), panels)
    panel_images.reconstruction(sheet, _panel(sheet, 1, "Reconstruction", _quality(panels)), panels)
    panel_images.error_map(sheet, _panel(sheet, 2, "Error map", _error_scale(panels)), panels)
    panel_images.attention(sheet, _panel(sheet, 3, "Attention", panel_images.attention_about(panels)), panels)
    panel_progress.draw(sheet, _panel(sheet, 4, "Training progress", panel_progress.about(panels)), panels)
    panel_summary.draw(sheet, _panel(sheet, 5, "Summary statistics", panel_summary.about(panels)), panels)
    _foot(sheet)


def _title(sheet: Sheet, panels: Panels) -> None:
    places = [
        (panels.epoch, "epoch"),
        (panels.step, "step"),
        (panels.batch_index, "batch index"),
    ]
    told = [f"{name} {value:,}" for value, name in places if value is not None]
    title = f"{panels.phase} batch {panels.number:06d}"
    sheet.text(_MARGIN, 44, title, size=17, bold=True, colour=INK, most=520)
    right = sheet.width - _MARGIN
    sheet.text(right, 44, "   ".join(told), size=11, colour=INK, align="right", most=880)
    sheet.text(_MARGIN, 69, _sample(panels), size=10, colour=QUIET, most=right - _MARGIN)
    sheet.line([(_MARGIN, 80), (right, 80)], colour=FAINT, width=1.0)


def _sample(panels: Panels) -> str:
    """Say which sample is shown: the first of the batch."""
    meta = panels.meta
    told = ["first sample of the batch"]
    for name, label in (("sample_ids", "sample"), ("patient_ids", "patient")):
        first = _first(meta.get(name))
        told += [f"{label} {first}"] if first is not None else []
    if is_number(_first(meta.get("mpp"))):
        told.append(f"{_first(meta.get('mpp')):g} µm a pixel")
    origin = meta.get("tile_origin")
    if isinstance(origin, list | tuple) and origin:
        corner = origin[0] if isinstance(origin[0], list | tuple) else origin
        told.append(f"tile at ({', '.join(plain(value) for value in corner)})")
    return "  ·  ".join(told)


def _first(value: Any) -> Any:
    if isinstance(value, list | tuple):
        return value[0] if value else None
    return value


def _panel(sheet: Sheet, place: int, title: str, about: str) -> Box:
    """Write a panel's two lines and give its inside."""
    left = _MARGIN + (place % 3) * (_COLUMN + _GAP)
    top = _TOP + (place // 3) * (_ROW + 12)
    sheet.text(left, top + 19, title, size=12, bold=True, colour=INK)
    sheet.text(left, top + 38, about, size=9, colour=QUIET, most=_COLUMN)
    return left, top + _HEAD, _COLUMN, _ROW - _HEAD - 6


def _size_of(panels: Panels, name: str) -> str:
    image = panels.images.get(name)
    if image is None:
        return "images are not kept with this run"
    several = ": what the model was given, and what it should give" if "target" in panels.images else ""
    return f"{image.shape[1]} × {image.shape[0]} px{several}"


def _quality(panels: Panels) -> str:
    record = panels.record
    told = [
        f"{name} {panel_summary.number_text(value, form, unit)}"
        for key, name, form, unit in (
            ("ssim", "SSIM", ".3f", ""),
            ("psnr", "PSNR", ".2f", " dB"),
            ("mse", "MSE", ".4g", ""),
        )
        if is_number(value := record.get(key))
    ]
    return (
        "   ".join(told) + "   (means over the batch)" if told else "no quality was measured for this batch"
    )


def _error_scale(panels: Panels) -> str:
    span = panels.meta.get("data_range")
    scale = f" of range {span:g}" if is_number(span) else ""
    return f"channel mean of (target − output)², both on one scale{scale}"


def _foot(sheet: Sheet) -> None:
    words = (
        f"Attention is where a layer weighs its features, not an explanation. Bands: {BANDS_SOURCE}. "
        "Research use only."
    )
    sheet.text(_MARGIN, sheet.height - 14, words, size=8.5, colour=QUIET, most=sheet.width - 2 * _MARGIN)
