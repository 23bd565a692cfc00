"""Arrays as pixels: resampling, colour ramps, overlays. Heights and widths are in pixels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.float64]
Pixels: TypeAlias = NDArray[np.uint8]
Ramp: TypeAlias = tuple[tuple[int, int, int], ...]

#: Low to high, as RGB: blue over yellow to red, and green over pale yellow to red.
ATTENTION_RAMP: Final = ((44, 79, 209), (255, 233, 74), (215, 25, 28))
ERROR_RAMP: Final = ((26, 152, 80), (255, 255, 191), (215, 48, 39))

#: Apart for every eye, darkest to brightest: cividis (Nuñez, Anderton & Renslow 2018) and plasma.
_CIVIDIS: Final = ((0, 34, 78), (60, 77, 110), (124, 123, 120), (188, 174, 108), (254, 232, 56))
_PLASMA: Final = ((13, 8, 135), (126, 3, 168), (204, 71, 120), (248, 149, 64), (240, 249, 33))


@dataclass(frozen=True, slots=True, kw_only=True)
class Palette:
    """The colours of maps, low to high: of the error, of attention, of layer activity."""

    error: Ramp
    attention: Ramp
    activity: Ramp = _CIVIDIS


#: By the name that ``--palette`` takes: the original program's colours, and those apart for every eye.
PALETTES: Final = {
    "seed": Palette(error=ERROR_RAMP, attention=ATTENTION_RAMP),
    "safe": Palette(error=_CIVIDIS, attention=_PLASMA),
}
SEED: Final = PALETTES["seed"]

#: What has no finite value.
MISSING: Final = (176, 176, 176)

#: How much of an overlay is colour, the rest is the image in grey.
OVERLAY: Final = 0.5

_LUMINANCE: Final = (0.299, 0.587, 0.114)  # ITU-R BT.601


def fitted(height: int, width: int, most_high: int, most_wide: int) -> tuple[int, int]:
    """Give the largest height and width of the same shape that fit, each at least 1."""
    scale = min(most_high / height, most_wide / width)
    return max(1, round(height * scale)), max(1, round(width * scale))


def resized(array: NDArray[Any], height: int, width: int) -> Floats:
    """Resample by area: pixels stay crisp when they grow and are averaged when they shrink.

    Parameters
    ----------
    array : ndarray, shape (h, w) or (h, w, channels)
    height, width : int

    Returns
    -------
    ndarray of float, shape (height, width) or (height, width, channels)
        NaN where nothing finite lies below.
    """
    values = np.asarray(array, dtype=np.float64)
    if array.dtype == np.uint8:
        return _resized(values, height, width)
    there = np.isfinite(values)
    if there.all():
        return _resized(values, height, width)
    weight = _resized(there.astype(np.float64), height, width)
    total = _resized(np.where(there, values, 0.0), height, width)
    return np.where(weight > 1e-9, total / np.maximum(weight, 1e-9), np.nan)


def _resized(values: Floats, height: int, width: int) -> Floats:
    down = _along_first(values, height)
    return _along_first(down.swapaxes(0, 1), width).swapaxes(0, 1)


def _along_first(values: Floats, count: int) -> Floats:
    """Average over ``count`` equal stretches of the first axis, parts of a cell by their share."""
    n = len(values)
    edges = np.linspace(0, n, count + 1)
    cells = np.minimum(edges.astype(np.intp), n - 1)
    share = (edges - cells).reshape((-1,) + (1,) * (values.ndim - 1))
    if count >= n:  # each stretch lies in one cell, or in two
        part = np.clip((cells[1:] - edges[:-1]) * (count / n), 0, 1).reshape(share[1:].shape)
        grown: Floats = values[cells[1:]]
        mixed = np.flatnonzero((part > 0) & (part < 1 + 1e-9))
        before = values[cells[:-1][mixed]]
        grown[mixed] += (before - grown[mixed]) * part[mixed]
        return grown
    sums = np.concatenate([np.zeros_like(values[:1]), np.cumsum(values, axis=0)])
    below = sums[cells] + share * values[cells]
    averaged: Floats = np.diff(below, axis=0) * (count / n)
    return averaged


def interpolated(array: NDArray[Any], height: int, width: int) -> Floats:
    """Enlarge a map smoothly: bilinear between the centres of its cells, flat beyond the outermost.

    A cell without a finite value leaves NaN where it would count.
    """
    values = np.asarray(array, dtype=np.float64)
    down = _between(values, height)
    return _between(down.T, width).T


def _between(values: Floats, count: int) -> Floats:
    n = len(values)
    places = np.clip((np.arange(count) + 0.5) * (n / count) - 0.5, 0, n - 1)
    first = places.astype(np.intp)
    share = (places - first)[:, np.newaxis]
    after = np.where(share > 0, values[np.minimum(first + 1, n - 1)], 0.0)
    mixed: Floats = values[first] * (1 - share) + after * share
    return mixed


def coloured(values: Floats, low: float, high: float, ramp: Ramp) -> Pixels:
    """Colour a map: ``low`` the first colour of the ramp, ``high`` the last; no finite value is grey.

    Where ``low`` is not below ``high``, everything has the colour of the lowest.
    """
    span = high - low
    place = np.clip((values - low) / span, 0, 1) if span > 0 else np.zeros_like(values)
    stops = np.linspace(0, 1, len(ramp))
    there = np.isfinite(values)
    place = np.where(there, place, 0)
    channels = [np.interp(place, stops, [colour[c] for colour in ramp]) for c in range(3)]
    picture = np.stack(channels, axis=-1)
    picture[~there] = MISSING
    return as_pixels(picture)


def overlaid(image: Floats | None, colours: Pixels) -> Pixels:
    """Lay colours over a grey image, shape (h, w); without an image they stand alone."""
    if image is None:
        return colours
    return as_pixels(image[..., np.newaxis] * (1 - OVERLAY) + colours * OVERLAY)


def grey(image: Pixels) -> Floats:
    """Give the luminance of an image, shape (h, w), 0–255."""
    red, green, blue = (image[..., channel] * share for channel, share in enumerate(_LUMINANCE))
    luminance: Floats = red + green + blue
    return luminance


def bar(height: int, width: int, ramp: Ramp) -> Pixels:
    """Make a colour bar, the highest value on top."""
    column = np.linspace(1, 0, height)[:, np.newaxis]
    return coloured(np.repeat(column, width, axis=1), 0, 1, ramp)


def as_pixels(values: NDArray[Any]) -> Pixels:
    """Round to whole levels 0–255."""
    whole = np.rint(values)
    return np.clip(whole, 0, 255, out=whole).astype(np.uint8) if whole.dtype.kind == "f" else _bounded(whole)


def _bounded(values: NDArray[Any]) -> Pixels:
    return values if values.dtype == np.uint8 else np.clip(values, 0, 255).astype(np.uint8)


def rgb(image: NDArray[Any]) -> Pixels:
    """Give an image three channels: grey ones are repeated, a fourth is dropped.

    Raises
    ------
    ValueError
        It is no image: neither (h, w) nor (h, w, 1), (h, w, 3) or (h, w, 4), or has no pixel.
    """
    pixels = np.asarray(image)
    if pixels.ndim == 2:
        pixels = pixels[..., np.newaxis]
    if pixels.ndim != 3 or pixels.shape[2] not in (1, 3, 4) or not pixels.size:
        raise ValueError(f"an image of shape {np.shape(image)}; possible: (h, w), (h, w, 1), (h, w, 3 or 4)")
    return as_pixels(np.repeat(pixels, 3, axis=2) if pixels.shape[2] == 1 else pixels[..., :3])
