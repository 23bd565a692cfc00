"""The images of a session and the attention over them, as PNG and as arrays."""

from __future__ import annotations

import os
from typing import Final

import numpy as np

from statkit.errors import SourceError
from statkit.pathology.samples import Batch, read_batch
from statkit.pathology.sessions.images import SessionImage, picture_pixels
from statkit.views import pixels, png

_SIDECAR: Final = ".npz"
_PALETTE: Final = pixels.PALETTES["safe"]


def image_pixels(image: SessionImage) -> pixels.Pixels:
    """Give an image as RGB, shape (height, width, 3).

    Raises
    ------
    SourceError
        The file is gone or damaged.
    """
    if not image.path.endswith(_SIDECAR):
        return picture_pixels(image.path)
    batch, place = _sample(image, image.path)
    return pixels.rgb(batch.images[place])


def image_png(image: SessionImage) -> bytes:
    """Give an image as PNG; raises as `image_pixels`."""
    return png.encoded(image_pixels(image))


def attention_map(image: SessionImage, layer: str) -> pixels.Floats:
    """Give the attention of a layer as it was kept, shape (h, w), at the latest step.

    Raises
    ------
    SourceError
        The image has no such layer, or the file is gone or damaged.
    """
    if layer not in image.layers:
        known = ", ".join(image.layers) or "none"
        raise SourceError(f"{image.title} has no attention of layer {layer!r}; it has: {known}.", image.path)
    batch, place = _sample(image, image.attention_path)
    return np.asarray(batch.attention[layer][place], dtype=np.float64)


def overlay_png(image: SessionImage, layer: str) -> bytes:
    """Give the attention of a layer as a PNG of the image's size.

    Bilinear between the centres of its cells, lowest to highest value on a palette every eye tells apart;
    opaque, so that the page chooses how much of it shows. Raises as `attention_map`.
    """
    width, height = image.size
    grown = pixels.interpolated(attention_map(image, layer), height, width)
    finite = grown[np.isfinite(grown)]
    low, high = (float(finite.min()), float(finite.max())) if finite.size else (0.0, 0.0)
    return png.encoded(pixels.coloured(grown, low, high, _PALETTE.attention))


def _sample(image: SessionImage, path: str) -> tuple[Batch, int]:
    """Find an image in a sidecar by its pixels."""
    batch = read_batch(path)
    if batch is None or image.sha256 not in batch.digests:
        raise SourceError(f"{image.title}: {os.path.basename(path)} no longer holds these pixels.", path)
    return batch, batch.digests.index(image.sha256)
