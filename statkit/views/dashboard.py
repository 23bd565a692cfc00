"""How the six panels lie on the sheet: title, three images, attention, progress, statistics."""

from __future__ import annotations

from typing import Any, Final

from statkit.analysis.bands import BANDS_SOURCE
from statkit.records import is_number
from statkit.views import grid, panel_images, panel_progress, panel_summary
from statkit.views.numbers import number_text, plain
from statkit.views.panels import Panels
from statkit.views.pixels import SEED, Palette
from statkit.views.sheet import Sheet, fitted, speakable

#: The widest that a sample's or run's name may be, in pixels.
_LONGEST: Final = 190

FOOT: Final = (
    f"Attention is where a layer weighs its features, not an explanation. Bands: {BANDS_SOURCE}. "
    "Research use only."
)


def compose(sheet: Sheet, panels: Panels, palette: Palette = SEED) -> None:
    """Draw all of a dashboard on an empty sheet of 1500 × 1000."""
    grid.heading(sheet, title(panels), places(panels), sample(panels))
    panel_images.original(sheet, _panel(sheet, 0, "Original", _size_of(panels, "input")), panels)
    panel_images.reconstruction(sheet, _panel(sheet, 1, "Reconstruction", _quality(panels)), panels)
    place = _panel(sheet, 2, "Error map", _error_scale(panels))
    panel_images.error_map(sheet, place, panels, palette.error)
    place = _panel(sheet, 3, "Attention", panel_images.attention_about(panels))
    panel_images.attention(sheet, place, panels, palette.attention)
    panel_progress.draw(sheet, _panel(sheet, 4, "Training progress", panel_progress.about(panels)), panels)
    panel_summary.draw(sheet, _panel(sheet, 5, "Summary statistics", panel_summary.about(panels)), panels)
    grid.foot(sheet, FOOT)


def title(panels: Panels) -> str:
    """Name the batch."""
    return f"{panels.phase} batch {panels.number:06d}"


def places(panels: Panels) -> str:
    """Say where the batch stands."""
    known = [
        (panels.epoch, "epoch"),
        (panels.step, "step"),
        (panels.batch_index, "batch index"),
    ]
    return "   ".join(f"{name} {value:,}" for value, name in known if value is not None)


def sample(panels: Panels) -> str:
    """Say which sample is shown: the first of the batch."""
    told = ["first sample of the batch", *context(panels)]
    return "  ·  ".join(told)


def context(panels: Panels) -> list[str]:
    """Say which sample, patient and tile it is, as far as that was given."""
    meta, told = panels.meta, list[str]()
    for name, label in (("sample_ids", "sample"), ("patient_ids", "patient")):
        first = _first(meta.get(name))
        told += [shortened(f"{label} {first}")] if first is not None else []
    if is_number(_first(meta.get("mpp"))):
        told.append(f"{_first(meta.get('mpp')):g} µm a pixel")
    origin = meta.get("tile_origin")
    if isinstance(origin, list | tuple) and origin:
        corner = origin[0] if isinstance(origin[0], list | tuple) else origin
        told.append(f"tile at ({', '.join(plain(value) for value in corner)})")
    return told


def shortened(text: str) -> str:
    """Cut a name so that it leaves room for what stands beside it."""
    return fitted(speakable(text), 10, False, _LONGEST)


def _first(value: Any) -> Any:
    if isinstance(value, list | tuple):
        return value[0] if value else None
    return value


def _panel(sheet: Sheet, place: int, title: str, about: str) -> grid.Box:
    """Write a panel's two lines and give its inside."""
    return grid.cell(sheet, place % grid.COLUMNS, place // grid.COLUMNS, title, about)


def _size_of(panels: Panels, name: str) -> str:
    image = panels.images.get(name)
    if image is None:
        return "images are not kept with this run"
    several = ": what the model was given, and what it should give" if "target" in panels.images else ""
    return f"{image.shape[1]} × {image.shape[0]} px{several}"


def _quality(panels: Panels) -> str:
    record = panels.record
    told = [
        f"{name} {number_text(value, form, unit)}"
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
