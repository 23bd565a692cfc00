"""Names from files as text of a figure: inert, and no longer than there is room for."""

from __future__ import annotations

from typing import Final

from matplotlib.text import Text

from statkit.schema import Direction
from statkit.views.sheet import DPI, fitted, speakable, width_of

_UNITS: Final = {"fraction": "%"}
_BETTER: Final = {"max": "↑ better", "min": "↓ better"}


def inert(text: Text) -> Text:
    """Make a text mean nothing but itself: no mathematics, no TeX, whatever a user's settings say."""
    text.set_parse_math(False)
    text.set_usetex(False)
    return text


def shown(name: str, size: float, inches: float) -> str:
    """Give a name as it can be shown in a font of so many points: cut in its middle where too long."""
    return fitted(speakable(name), size, False, inches * DPI)


def wide(text: str, size: float) -> float:
    """Measure a line of text in inches."""
    return width_of(text, size) / DPI


def wrapped(text: str, size: float, inches: float) -> list[str]:
    """Break a text into lines that fit, at spaces; a word that does not fit is cut in its middle."""
    lines: list[str] = []
    line = ""
    for word in speakable(text).split(" "):
        longer = f"{line} {word}" if line else word
        if wide(longer, size) <= inches:
            line = longer
            continue
        if line:
            lines.append(line)
        line = fitted(word, size, False, inches * DPI)
    return [*lines, line] if line else lines


def heading(metric: str, unit: str | None, direction: Direction | None, size: float, inches: float) -> str:
    """Name a panel: metric, unit, which way is better; the name gives way where room is short."""
    tail = f" ({_UNITS.get(unit, speakable(unit))})" if unit else ""
    tail += f"  {_BETTER[direction]}" if direction else ""
    return shown(metric, size, max(0.3, inches - wide(tail, size))) + tail
