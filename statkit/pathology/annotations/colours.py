"""QuPath's default classes and their colours."""

from __future__ import annotations

from typing import Final, TypeAlias

Colour: TypeAlias = tuple[int, int, int]

#: Between the names of a derived class: ``Tumor: Positive``.
SEPARATOR: Final = ": "

#: Ends the name of a class that QuPath leaves out of measurements: ``Region*``, ``Ignore*``.
IGNORED_MARK: Final = "*"

#: By class, RGB (``PathClass.StandardPathClasses`` of QuPath).
CLASS_COLOURS: Final[dict[str, Colour]] = {
    "Tumor": (200, 0, 0),
    "Stroma": (150, 200, 150),
    "Immune cells": (160, 90, 160),
    "Necrosis": (50, 50, 50),
    "Other": (255, 200, 0),
    "Region*": (0, 0, 180),
    "Ignore*": (180, 180, 180),
    "Positive": (200, 50, 50),
    "Negative": (90, 90, 180),
}


def colour_of(label: str) -> Colour | None:
    """Give the colour of a class, or of the nearest class it derives from; None if unknown."""
    names = label.split(SEPARATOR)
    for count in range(len(names), 0, -1):
        found = CLASS_COLOURS.get(SEPARATOR.join(names[:count]))
        if found is not None:
            return found
    return None


def packed(colour: Colour) -> int:
    """Pack RGB as Java does: opaque ARGB in a signed 32-bit integer, ``(200, 0, 0)`` is -3670016."""
    red, green, blue = colour
    return (0xFF << 24 | red << 16 | green << 8 | blue) - (1 << 32)


def unpacked(number: int) -> Colour:
    """Take RGB out of a packed integer, signed or not."""
    return number >> 16 & 0xFF, number >> 8 & 0xFF, number & 0xFF
