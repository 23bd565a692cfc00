"""What lies in the cache."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass

import orjson

from statkit.data.cache.entry import described
from statkit.data.cache.place import Place


@dataclass(frozen=True, slots=True)
class Held:
    """One file of the cache.

    Attributes
    ----------
    directory : str or None
        The directory it is about; None where it does not say, which makes it useless.
    exists : bool
        Whether that directory is still there.
    files, columns : int
        How many files were listed, and how many columns are kept.
    bytes : int
        Its size.
    used : float
        When it was last of use, within an hour (unix seconds).
    """

    directory: str | None
    exists: bool
    files: int
    columns: int
    bytes: int
    used: float


def contents(place: Place) -> Iterator[Held]:
    """Describe the files of the cache, the least recently used first."""
    for file in place.files():
        try:
            identity, files, columns = described(file.path)
            directory = os.fsdecode(bytes.fromhex(identity["path"]))
        except (OSError, ValueError, KeyError, TypeError, orjson.JSONDecodeError):
            yield Held(None, False, 0, 0, file.size, file.used)
            continue
        yield Held(directory, os.path.isdir(directory), files, columns, file.size, file.used)
