"""A short mark of what lies in a directory: another mark, another content."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass

from statkit.layout import is_temporary

#: A mark younger than this does not hide a second change within one tick of the file system's clock (ns).
RESTED_NS = 2_000_000_000


@dataclass(frozen=True, slots=True)
class Signature:
    """The mark of some directories.

    Attributes
    ----------
    mark : bytes
        Changes whenever a file comes, goes, or changes its size, time or inode.
    newest_ns : int
        When the newest file was changed (unix nanoseconds).
    """

    mark: bytes
    newest_ns: int

    def rested(self, now_ns: int) -> bool:
        """Tell whether the newest file was changed long enough ago for its time to tell."""
        return self.newest_ns < now_ns - RESTED_NS


def signature(paths: Iterable[str]) -> Signature:
    """Mark the regular files of directories, not of those below; a path that is a file stands for itself.

    Files that a writer is still at (their names say so) do not count; what cannot be listed counts as
    empty.
    """
    digest = hashlib.blake2b(digest_size=16)
    newest = 0
    for path in paths:
        for name, status in sorted(_statuses(path), key=lambda each: each[0]):
            numbers = (status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino)
            digest.update(f"{name}\0{numbers}\n".encode("utf-8", "surrogatepass"))
            newest = max(newest, status.st_mtime_ns, status.st_ctime_ns)
        digest.update(b"\n")
    return Signature(digest.digest(), newest)


def _statuses(path: str) -> list[tuple[str, os.stat_result]]:
    found = []
    try:
        with os.scandir(path) as entries:
            for entry in entries:
                if entry.name.startswith(".") and is_temporary(entry.name):
                    continue
                try:
                    status = entry.stat()
                except OSError:
                    continue
                if stat.S_ISREG(status.st_mode):
                    found.append((entry.name, status))
    except NotADirectoryError:
        with suppress(OSError):
            found.append(("", os.stat(path)))
    except OSError:
        return []
    return found
