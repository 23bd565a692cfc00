"""What is known of the image under the annotations, as QuPath's metadata keeps it: text by key.

Built and parsed side by side, so that what a session writes is what a validation reads.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any, Final

#: Begins every key of ours.
PREFIX: Final = "statkit:"

_TRUTHS: Final = {"true": True, "false": False}


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageFacts:
    """Facts of one image and who drew on it; None: not known.

    Attributes
    ----------
    image_sha256 : str or None
        `pixel_sha256` of the image.
    image_size : (width, height) or None
        Pixels.
    rater : str or None
        The name as given, in any script.
    session : str or None
        Which sitting.
    overlay_shown : bool or None
        Whether the rater had seen the attention over the image by then: such work is not blinded.
    mpp : float or None
        Micrometres a pixel.
    tile_origin : (x, y) or None
        Where the image lies in its slide, in pixels of the slide.
    """

    image_sha256: str | None = None
    image_size: tuple[int, int] | None = None
    rater: str | None = None
    session: str | None = None
    overlay_shown: bool | None = None
    mpp: float | None = None
    tile_origin: tuple[float, float] | None = None

    def to_metadata(self) -> dict[str, str]:
        """Give the known facts as text, ``statkit:image_size`` as ``96x64``, numbers in plain decimals."""
        known = {f.name: getattr(self, f.name) for f in fields(self)}
        return {PREFIX + name: _text(name, value) for name, value in known.items() if value is not None}

    @classmethod
    def from_metadata(cls, metadata: Mapping[str, str]) -> ImageFacts:
        """Read the facts that are there and make sense; a value that makes none counts as not known."""
        found = {f.name: metadata.get(PREFIX + f.name) for f in fields(cls)}
        return cls(**{name: _PARSERS.get(name, _stripped)(text) for name, text in found.items() if text})

    def completed(self, others: Iterable[ImageFacts]) -> ImageFacts:
        """Fill what is not known from others, where those that know it agree."""
        candidates = list(others)
        filled: dict[str, Any] = {}
        for f in fields(self):
            said = {getattr(each, f.name) for each in candidates} - {None}
            if getattr(self, f.name) is None and len(said) == 1:
                filled[f.name] = said.pop()
        return replace(self, **filled)


#: Nothing is known.
UNKNOWN: Final = ImageFacts()


def pixel_sha256(image: Any) -> str:
    """Identify an image by its pixels, whatever file they are in.

    Parameters
    ----------
    image : ndarray of uint8, shape (height, width, 3)

    Returns
    -------
    str
        SHA-256 of the RGB bytes, row by row, as 64 hexadecimal digits.
    """
    import numpy as np

    return hashlib.sha256(np.ascontiguousarray(image, dtype=np.uint8).tobytes()).hexdigest()


def _text(name: str, value: Any) -> str:
    if name == "image_size":
        return "x".join(map(str, value))
    if name == "tile_origin":
        return ",".join(f"{side:.12g}" for side in value)
    if isinstance(value, bool):
        return "true" if value else "false"
    return f"{value:.12g}" if isinstance(value, float) else str(value)


def _stripped(text: str) -> str | None:
    return text.strip() or None


def _truth(text: str) -> bool | None:
    return _TRUTHS.get(text.strip().lower())


def _positive(text: str) -> float | None:
    value = _number(text)
    return value if value is not None and value > 0 else None


def _number(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def _size(text: str) -> tuple[int, int] | None:
    sides = [side.strip() for side in text.lower().split("x")]
    if len(sides) != 2 or not all(side.isascii() and side.isdigit() and len(side) < 10 for side in sides):
        return None
    width, height = map(int, sides)
    return (width, height) if width and height else None


def _pair(text: str) -> tuple[float, float] | None:
    sides = [_number(side) for side in text.split(",")]
    if len(sides) != 2 or sides[0] is None or sides[1] is None:
        return None
    return sides[0], sides[1]


_PARSERS: Final[dict[str, Any]] = {
    "image_size": _size,
    "overlay_shown": _truth,
    "mpp": _positive,
    "tile_origin": _pair,
}
