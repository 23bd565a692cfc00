"""How the cache looks in a terminal."""

from __future__ import annotations

from statkit.analysis.cache_summary import CacheSummary
from statkit.views.table import OPTIONAL, Table, numbers, words

_UNITS = ("bytes", "kB", "MB", "GB", "TB")


def cache_table(answer: CacheSummary) -> Table:
    """One row a cached directory, the most recently used first."""
    rows = list(reversed(answer.files))
    columns = [
        words("directory", [_named(each.path, each.exists) for each in rows], give=1),
        numbers("files", [each.files for each in rows]),
        numbers("columns", [each.columns for each in rows], give=OPTIONAL),
        words("size", [amount(each.bytes) for each in rows]),
    ]
    if answer.directory is None:
        return Table(columns, "The cache is switched off (STATKIT_CACHE)")
    title = f"{answer.directory}: {amount(answer.bytes)} of {amount(answer.limit)}"
    notes = [f"removed {answer.removed:,} files, {amount(answer.freed)}"] if answer.removed else []
    return Table(columns, title, notes)


def _named(path: str | None, exists: bool) -> str:
    if path is None:
        return "(damaged)"
    return path if exists else f"{path} (gone)"


def amount(count: float) -> str:
    """Write bytes in the unit a person reads: ``2.4 MB``."""
    unit = 0
    while count >= 1000 and unit < len(_UNITS) - 1:
        count /= 1000
        unit += 1
    return f"{count:.0f} {_UNITS[unit]}" if unit == 0 else f"{count:.1f} {_UNITS[unit]}"
