"""The figure of reconstruction quality: a row a dashboard, the images side by side, one scale of error."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from statkit.layout import natural_key
from statkit.records import is_number
from statkit.views import grid, pixels
from statkit.views.dashboard import FOOT
from statkit.views.numbers import number_text
from statkit.views.panel_images import ERROR_SHARE
from statkit.views.panels import Panels
from statkit.views.picture import WIDTH
from statkit.views.pixels import Palette, Pixels
from statkit.views.plot_area import INK, QUIET
from statkit.views.sheet import Sheet

#: The most rows: dashboards between the first and the last are taken evenly.
MOST_ROWS: Final = 4

_TOP: Final = 122
_LABEL: Final = 178
_BAR: Final = 14
_ROOM: Final = 88
_APART: Final = 14
_FOOT: Final = 44
_LARGEST: Final = 280
_TITLES: Final = {
    "input": "input",
    "target": "target",
    "output": "reconstruction",
    "error": "error",
    "attention": "attention",
}

Draw = Callable[[Panels, int, int], Pixels | None]


def height(shown: Sequence[Panels]) -> int:
    """Give how high the figure is, in pixels."""
    return _TOP + len(shown) * (_side(shown) + _APART) + _FOOT


def compose(sheet: Sheet, run: str, shown: Sequence[Panels], palette: Palette) -> None:
    """Draw one row for each of at least one dashboard."""
    names = _columns(shown)
    side, top = _side(shown), _error_top(shown)
    phase = shown[0].phase
    grid.heading(
        sheet,
        f"Reconstruction of {run}",
        f"{phase} batches {', '.join(f'{panels.number:,}' for panels in shown)}",
        "first sample of each batch; numbers are means over the batch; attention from least to greatest",
    )
    ways = _ways(palette, top)
    left = grid.MARGIN + _LABEL
    for column, name in enumerate(names):
        x = left + column * (side + _APART)
        sheet.text(x, _TOP - 8, _TITLES[name], size=9, bold=True, colour=INK, most=side)
    for row, panels in enumerate(shown):
        y = _TOP + row * (side + _APART)
        _label(sheet, panels, y)
        for column, name in enumerate(names):
            _place(sheet, left + column * (side + _APART), y, side, ways[name](panels, side, side))
    _scale(sheet, names, left + len(names) * (side + _APART), side, top, palette)
    grid.foot(sheet, FOOT)


def _columns(shown: Sequence[Panels]) -> list[str]:
    there = {name for panels in shown for name in panels.images}
    there |= {"error" for panels in shown if panels.error is not None}
    there |= {"attention" for panels in shown if panels.attention}
    return [name for name in _TITLES if name in there]


def _side(shown: Sequence[Panels]) -> int:
    count = max(1, len(_columns(shown)))
    return min(_LARGEST, (WIDTH - 2 * grid.MARGIN - _LABEL - _ROOM) // count - _APART)


def _error_top(shown: Sequence[Panels]) -> float:
    """Give the end of the one scale of error: that of the row whose errors reach farthest."""
    tops = [
        float(np.quantile(finite, ERROR_SHARE))
        for panels in shown
        if panels.error is not None and len(finite := panels.error[np.isfinite(panels.error)])
    ]
    return max(tops, default=0.0)


def _ways(palette: Palette, top: float) -> dict[str, Draw]:
    def image(name: str) -> Draw:
        def draw(panels: Panels, high: int, wide: int) -> Pixels | None:
            return None if name not in panels.images else _fitted(pixels.rgb(panels.images[name]), high, wide)

        return draw

    def error(panels: Panels, high: int, wide: int) -> Pixels | None:
        if panels.error is None:
            return None
        shape = pixels.fitted(panels.error.shape[0], panels.error.shape[1], high, wide)
        return pixels.coloured(pixels.resized(panels.error, *shape), 0.0, top, palette.error)

    def attention(panels: Panels, high: int, wide: int) -> Pixels | None:
        if not panels.attention:
            return None
        values = panels.attention[min(panels.attention, key=natural_key)]
        image = panels.images.get("input")
        whole = values.shape if image is None else image.shape
        shape = pixels.fitted(whole[0], whole[1], high, wide)
        finite = values[np.isfinite(values)]
        ends = (float(finite.min()), float(finite.max())) if len(finite) else (0.0, 0.0)
        colours = pixels.coloured(pixels.interpolated(values, *shape), *ends, palette.attention)
        below = None if image is None else pixels.resized(pixels.grey(pixels.rgb(image)), *shape)
        return pixels.overlaid(below, colours)

    return {name: image(name) for name in ("input", "target", "output")} | {
        "error": error,
        "attention": attention,
    }


def _fitted(image: Pixels, high: int, wide: int) -> Pixels:
    shape = pixels.fitted(image.shape[0], image.shape[1], high, wide)
    return pixels.as_pixels(pixels.resized(image, *shape))


def _place(sheet: Sheet, x: int, y: int, side: int, picture: NDArray[np.uint8] | None) -> None:
    if picture is None:
        grid.blank(sheet, (x, y, side, side), "not kept")
        return
    high, wide = picture.shape[:2]
    sheet.image(x + (side - wide) // 2, y + (side - high) // 2, picture)


def _label(sheet: Sheet, panels: Panels, y: int) -> None:
    """Say which batch a row is, and how good."""
    x, most = grid.MARGIN, _LABEL - 16
    sheet.text(x, y + 14, f"batch {panels.number:,}", size=11, bold=True, colour=INK, most=most)
    told = [f"step {panels.step:,}"] if panels.step is not None else []
    for key, name, form, unit in (
        ("ssim", "SSIM", ".3f", ""),
        ("psnr", "PSNR", ".2f", " dB"),
        ("mse", "MSE", ".4g", ""),
        ("loss", "loss", ".4g", ""),
    ):
        value = panels.record.get(key)
        told += [f"{name} {number_text(value, form, unit)}"] if is_number(value) else []
    layer = min(panels.attention, key=natural_key, default=None)
    told += [f"attention: {layer}"] if layer is not None else []
    for line, text in enumerate(told):
        sheet.text(x, y + 36 + 19 * line, text, size=9, colour=QUIET, most=most)


def _scale(sheet: Sheet, names: Sequence[str], x: int, side: int, top: float, palette: Palette) -> None:
    """Draw the colour bar of the error, which all rows share."""
    if "error" in names:
        sheet.text(x, _TOP - 8, "error", size=9, bold=True, colour=INK, most=_ROOM - _APART)
        sheet.image(x, _TOP, pixels.bar(side, _BAR, palette.error))
        room = _ROOM - _BAR - 12
        sheet.text(x + _BAR + 6, _TOP + 9, f"≥ {top:.2g}", size=8.5, colour=QUIET, most=room)
        sheet.text(x + _BAR + 6, _TOP + side, "0", size=8.5, colour=QUIET, most=room)
