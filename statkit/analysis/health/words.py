"""Numbers in evidence sentences."""

from __future__ import annotations

from collections.abc import Sequence


def figure(value: float, unit: str | None = None) -> str:
    """Write a number with four significant digits and its unit; a fraction stays a fraction."""
    text = f"{value:,.0f}" if 1e4 <= abs(value) < 1e9 else f"{value:.4g}"
    return text if unit in (None, "fraction", "count") else f"{text} {unit}"


def share(part: float) -> str:
    """Write a share of 1 as a percentage."""
    return f"{part:.0%}" if part == 0 or abs(part) >= 0.1 else f"{part:.1%}"


def listed(names: Sequence[str], most: int = 4) -> str:
    """Join names, the first few of them."""
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more


def times(count: int, one: str, many: str | None = None) -> str:
    """Write a count with its noun: ``1 row``, ``3 rows``."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"
