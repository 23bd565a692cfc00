"""The cache, looked at and cleared."""

from __future__ import annotations

from statkit.analysis.cache_summary import CachedDirectory, CacheSummary
from statkit.data.cache import default_cache
from statkit.data.cache.contents import contents


def cache_summary(*, clear: bool = False) -> CacheSummary:
    """Say what lies in the user's cache.

    Parameters
    ----------
    clear : bool
        Remove it all first.

    Returns
    -------
    CacheSummary
        Its ``removed`` and ``freed`` count what was cleared.
    """
    cache = default_cache()
    if cache is None:
        return CacheSummary(directory=None, limit=0, bytes=0, files=(), removed=0, freed=0)
    removed, freed = cache.place.clear() if clear else (0, 0)
    held = tuple(
        CachedDirectory(
            path=each.directory,
            exists=each.exists,
            files=each.files,
            columns=each.columns,
            bytes=each.bytes,
            last_used=each.used,
        )
        for each in contents(cache.place)
    )
    return CacheSummary(
        directory=cache.place.directory,
        limit=cache.place.limit,
        bytes=sum(each.bytes for each in held),
        files=held,
        removed=removed,
        freed=freed,
    )
