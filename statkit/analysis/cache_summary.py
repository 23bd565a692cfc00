"""What lies in the cache, as an answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from statkit.analysis.result import Result


@dataclass(frozen=True, slots=True, kw_only=True)
class CachedDirectory(Result):
    """What the cache holds of one directory.

    Attributes
    ----------
    path : str or None
        The directory; None where the file does not say, and is of no use.
    exists : bool
        Whether it is still there.
    files, columns : int
        How many files were listed, how many columns are kept.
    bytes : int
        What it takes.
    last_used : float
        Unix seconds, within an hour.
    """

    path: str | None
    exists: bool
    files: int
    columns: int
    bytes: int
    last_used: float


@dataclass(frozen=True, slots=True, kw_only=True)
class CacheSummary(Result):
    """The cache: where it is, what it holds.

    Attributes
    ----------
    directory : str or None
        Where it is; None where it is switched off.
    limit, bytes : int
        Bytes it may take, bytes it takes.
    files : tuple of CachedDirectory
        The least recently used first.
    removed, freed : int
        Files and bytes that were cleared just now.
    """

    directory: str | None
    limit: int
    bytes: int
    files: tuple[CachedDirectory, ...]
    removed: int
    freed: int

    def rows(self) -> list[dict[str, Any]]:
        """One dict a cached directory."""
        return [each.to_dict() for each in self.files]
