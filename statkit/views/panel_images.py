"""The four panels made of pixels: original, reconstruction, error map, attention on the image."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from statkit.layout import natural_key
from statkit.views import pixels
from statkit.views.panels import Panels
from statkit.views.plot_area import INK, QUIET
from statkit.views.sheet import Sheet, speakable, width_of

#: The error's colour scale ends at this share of its cells, so that one bright pixel does not hide the rest.
ERROR_SHARE: Final = 0.995

#: More layers than this are named, not shown.
MOST_LAYERS: Final = 4

#: Room at the right for a colour bar and its numbers, in pixels.
_BAR: Final = 14
_ROOM: Final = 98
_APART: Final = 12
_BLANK: Final = "#f2f2f2"

Box = tuple[int, int, int, int]
_KINDS: Final = {
    "gate": "gate",
    "gate_from_io": "gate of in and out",
    "energy": "energy",
}


def original(sheet: Sheet, box: Box, panels: Panels) -> None:
    """Show the input; where the target is another image, both."""
    shown = {name: panels.images[name] for name in ("input", "target") if name in panels.images}
    if not shown:
        _absent(sheet, box, "no image")
        return
    if len(shown) == 1:
        _image(sheet, box, next(iter(shown.values())))
        return
    cells = _cells(box, len(shown), 20, _shape(next(iter(shown.values()))))
    for cell, (name, image) in zip(cells, shown.items(), strict=True):
        place = _image(sheet, cell, image)
        sheet.text(place[0], place[1] - 6, name, size=9, colour=QUIET)


def reconstruction(sheet: Sheet, box: Box, panels: Panels) -> None:
    """Show the output."""
    image = panels.images.get("output")
    if image is None:
        _absent(sheet, box, "no image")
    else:
        _image(sheet, box, image)


def error_map(sheet: Sheet, box: Box, panels: Panels, ramp: pixels.Ramp = pixels.ERROR_RAMP) -> None:
    """Show the error from the ramp's first colour (none) to its last, with its scale."""
    error = panels.error
    if error is None:
        _absent(sheet, box, "no error map")
        return
    values = np.asarray(error, dtype=np.float64)
    finite = values[np.isfinite(values)]
    if not len(finite):
        _absent(sheet, box, "no finite error")
        return
    top = float(np.quantile(finite, ERROR_SHARE))
    cut = top < float(finite.max())
    left, above, width, height = box
    high, wide = pixels.fitted(*_shape(values), height, width - _ROOM)
    x = left + (width - _ROOM - wide) // 2
    sheet.image(x, above, pixels.coloured(pixels.resized(values, high, wide), 0.0, top, ramp))
    sign = "≥ " if cut else ""
    _bar(sheet, x + wide + 14, above, high, ramp, f"{sign}{top:.2g}", "0")


def attention(sheet: Sheet, box: Box, panels: Panels, ramp: pixels.Ramp = pixels.ATTENTION_RAMP) -> None:
    """Show each layer's map over the image, from its least in the ramp's first colour to its greatest."""
    layers = sorted(panels.attention, key=natural_key)[:MOST_LAYERS]
    if not layers:
        _absent(sheet, box, "no attention was captured")
        return
    left, top, width, height = box
    shape = _shape(panels.images.get("input", panels.attention[layers[0]]))
    cells = _cells((left, top, width - _ROOM, height), len(layers), 38, shape)
    places = []
    for cell, layer in zip(cells, layers, strict=True):
        x, y, wide, _ = place = _overlay(sheet, cell, panels, layer, ramp)
        places.append(place)
        sheet.text(x, y - 22, layer, size=9, bold=True, colour=INK, most=wide)
        sheet.text(x, y - 7, _caption(layer, panels, wide), size=8.5, colour=QUIET, most=wide)
    values = _range(panels.attention[layers[0]]) if len(layers) == 1 else None
    ends = (f"{values[1]:.3g}", f"{values[0]:.3g}") if values else ("max", "min")
    right = max(x + wide for x, _, wide, _ in places)
    upper, lower = min(y for _, y, _, _ in places), max(y + high for _, y, _, high in places)
    _bar(sheet, right + 14, upper, lower - upper, ramp, *ends)


def attention_about(panels: Panels) -> str:
    """Say what the attention panel shows, and how many layers it leaves out."""
    layers = sorted(panels.attention, key=natural_key)
    if not layers:
        return "no layer was hooked, or none for this batch"
    on = "on the image in grey" if "input" in panels.images else "without the image, which is not kept"
    more = len(layers) - MOST_LAYERS
    rest = f"; {more} more not shown" if more > 0 else ""
    return f"each layer from least to greatest, {on}{rest}"


def _overlay(sheet: Sheet, cell: Box, panels: Panels, layer: str, ramp: pixels.Ramp) -> Box:
    values = np.asarray(panels.attention[layer], dtype=np.float64)
    image = panels.images.get("input")
    shape = values.shape if image is None else image.shape[:2]
    left, top, width, height = cell
    high, wide = pixels.fitted(shape[0], shape[1], height, width)
    ends = _range(values) or (0.0, 0.0)
    enlarged = pixels.interpolated(values, high, wide)
    colours = pixels.coloured(enlarged, *ends, ramp)
    below = None if image is None else pixels.resized(pixels.grey(pixels.rgb(image)), high, wide)
    x = left + (width - wide) // 2
    sheet.image(x, top, pixels.overlaid(below, colours))
    return x, top, wide, high


def _caption(layer: str, panels: Panels, most: int) -> str:
    """Say the range of a layer's map, then its kind and its size as far as there is room."""
    values = np.asarray(panels.attention[layer], dtype=np.float64)
    kinds = panels.meta.get("kinds")
    kind = kinds.get(layer) if isinstance(kinds, dict) else None
    size = f"{values.shape[0]}×{values.shape[1]}"
    ends = _range(values)
    if ends is None:
        told = "no finite value"
    elif ends[0] == ends[1]:
        told = f"flat at {ends[0]:.3g}"
    else:
        told = f"{ends[0]:.2g}–{ends[1]:.2g}"
    parts = [told, *([_KINDS.get(kind, speakable(str(kind)))] if kind else []), size]
    while len(parts) > 1 and width_of("  ".join(parts), 8.5) > most:
        parts.pop()
    return "  ".join(parts)


def _shape(array: NDArray[Any]) -> tuple[int, int]:
    return array.shape[0], array.shape[1]


def _range(values: NDArray[Any]) -> tuple[float, float] | None:
    finite = values[np.isfinite(values)]
    return (float(finite.min()), float(finite.max())) if len(finite) else None


def _image(sheet: Sheet, box: Box, image: NDArray[np.uint8]) -> Box:
    """Show an image as large as it gets, centred; give where it lies."""
    left, top, width, height = box
    whole = pixels.rgb(image)
    high, wide = pixels.fitted(whole.shape[0], whole.shape[1], height, width)
    x = left + (width - wide) // 2
    sheet.image(x, top, pixels.as_pixels(pixels.resized(whole, high, wide)))
    return x, top, wide, high


def _cells(box: Box, count: int, caption: int, shape: tuple[int, int]) -> list[Box]:
    """Divide a box for pictures of one shape, into as many columns as make them largest.

    Each cell has room for a caption above it; together they stand in the middle of the box.
    """
    left, top, width, height = box

    def size(columns: int) -> tuple[int, int]:
        rows = -(-count // columns)
        high = (height - _APART * (rows - 1)) // rows - caption
        return pixels.fitted(*shape, high, (width - _APART * (columns - 1)) // columns)

    columns = max(range(1, count + 1), key=size)
    rows = -(-count // columns)
    high, wide = size(columns)
    free_x = width - columns * wide - _APART * (columns - 1)
    free_y = height - rows * (high + caption) - _APART * (rows - 1)
    return [
        (
            left + free_x // 2 + place % columns * (wide + _APART),
            top + free_y // 2 + place // columns * (high + caption + _APART) + caption,
            wide,
            high,
        )
        for place in range(count)
    ]


def _bar(sheet: Sheet, x: int, y: int, height: int, ramp: pixels.Ramp, high: str, low: str) -> None:
    sheet.image(x, y, pixels.bar(max(height, 20), _BAR, ramp))
    room = _ROOM - _BAR - 14 - 8
    sheet.text(x + _BAR + 6, y + 9, high, size=8.5, colour=QUIET, most=room)
    sheet.text(x + _BAR + 6, y + max(height, 20), low, size=8.5, colour=QUIET, most=room)


def _absent(sheet: Sheet, box: Box, words: str) -> None:
    """Fill a panel that has nothing to show."""
    left, top, width, height = box
    sheet.rectangle(left, top, width, height, colour=_BLANK)
    sheet.text(left + width / 2, top + height / 2, words, size=11, colour=QUIET, align="center", most=width)
