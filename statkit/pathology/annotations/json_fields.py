"""Fields of a document nobody vouches for, taken by the type they should have."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from statkit.json_text import NON_FINITE
from statkit.pathology.annotations.colours import Colour, unpacked
from statkit.pathology.annotations.loss import cited

#: Told in words what was not kept.
Noting: TypeAlias = Callable[[str], None]


def text(value: Any, what: str, note: Noting) -> str:
    """Give text or a number as text; nothing for null; note anything else."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if type(value) in (int, float):
        return cited(value)
    note(f"its {what} is {cited(value)}")
    return ""


def colour(value: Any, what: str, note: Noting) -> Colour | None:
    """Give a colour written as ``[r, g, b]`` or packed in an integer."""
    if value is None:
        return None
    if type(value) is int and -(1 << 31) <= value < 1 << 32:
        return unpacked(value)
    if isinstance(value, list) and len(value) in (3, 4):
        red, green, blue = value[:3]
        if all(type(c) is int and 0 <= c <= 255 for c in (red, green, blue)):
            return red, green, blue
    note(f"its {what} {cited(value)} is no [red, green, blue] of 0 to 255")
    return None


def measurements(value: Any, note: Noting) -> dict[str, float]:
    """Give finite numbers by name, from an object or, as before QuPath 0.4, a list of name and value."""
    if value is None:
        return {}
    pairs = _pairs(value)
    if pairs is None:
        note(f"its measurements are {cited(value)}")
        return {}
    found = {}
    for name, given in pairs:
        number = NON_FINITE.get(given) if isinstance(given, str) else given
        if type(number) is int and abs(number) < 1 << 1000:
            number = float(number)
        if type(number) is not float or not isinstance(name, str):
            note(f"measurement {cited(name)} is {cited(given)}")
        elif math.isinf(number):
            note(f"measurement {cited(name)} is infinite")
        elif not math.isnan(number):  # in QuPath, NaN is the same as none
            found[name] = number
    return found


def _pairs(value: Any) -> list[tuple[Any, Any]] | None:
    if isinstance(value, Mapping):
        return list(value.items())
    if isinstance(value, list) and all(isinstance(each, Mapping) for each in value):
        return [(each.get("name"), each.get("value")) for each in value]
    return None


def metadata(value: Any, note: Noting) -> dict[str, str]:
    """Give text by key; numbers and truth values as text; what nests is noted."""
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        note(f"its metadata are {cited(value)}")
        return {}
    found = {}
    for key, given in value.items():
        if isinstance(given, bool):
            found[key] = "true" if given else "false"
        elif given is not None and (said := text(given, f"metadata {cited(key)}", note)):
            found[key] = said
    return found
