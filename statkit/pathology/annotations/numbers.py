"""Numbers in the texts of markup, and texts of numbers."""

from __future__ import annotations

import re
from typing import Final

from statkit.pathology.annotations.geojson_geometry import FARTHEST
from statkit.pathology.annotations.loss import cited

_NUMBER: Final = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]{1,4})?", re.ASCII)


def number(text: str, what: str = "coordinate") -> float:
    """Read one number within `FARTHEST`.

    Raises
    ------
    ValueError
        It is none; the decimal comma of some programs is taken as a point.
    """
    said = text.strip().replace(",", ".")
    value = float(said) if _NUMBER.fullmatch(said) else float("nan")
    if not -FARTHEST <= value <= FARTHEST:
        raise ValueError(f"{what} {cited(text)} is no number of pixels")
    return value


def pairs(text: str) -> list[tuple[float, float]]:
    """Read ``x,y x,y``; commas and blanks are the same.

    Raises
    ------
    ValueError
        A coordinate is no number, or one is left over.
    """
    values = [number(each) for each in text.replace(",", " ").split()]
    if len(values) % 2:
        raise ValueError(f"{len(values)} coordinates, which make no pairs")
    return list(zip(values[::2], values[1::2], strict=True))


def written(value: float) -> str:
    """Write a coordinate: ``12``, ``12.5``; never ``-0``."""
    return f"{value + 0.0:.12g}"
