"""A hint from earlier readings: what has not changed is not read again.

The files are the database; this is none. Any byte of it wrong, missing, older or foreign changes nothing
but the time an answer takes. A file counts as unchanged when size, mtime, ctime and inode are what they
were, and it had rested a while when it was read.
"""

from __future__ import annotations

import os
from zlib import crc32

from statkit.data.cache.place import Place, default_directory, default_limit
from statkit.data.cache.shelf import Shelf

__all__ = ["Cache", "Shelf", "default_cache"]


def default_cache() -> Cache | None:
    """The user's cache; None where it is switched off."""
    directory = default_directory()
    return None if directory is None else Cache(Place(directory, default_limit()))


class Cache:
    """Everything kept, one file a directory.

    Parameters
    ----------
    place : Place
        Where.
    """

    def __init__(self, place: Place) -> None:
        self.place = place

    def shelf(self, path: str, step_column: str | None = None, superseded: bool = False) -> Shelf:
        """What is kept of one directory, scanned in one way."""
        real = os.fsencode(os.path.realpath(path)).hex()
        identity = {"path": real, "step_column": step_column, "superseded": superseded}
        key = repr(sorted(identity.items())).encode()
        return Shelf(self.place, f"{crc32(key):08x}{crc32(key[::-1]):08x}", identity)
