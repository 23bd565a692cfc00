"""Where the cache lies, how large it may grow, and who may write there."""

from __future__ import annotations

import contextlib
import os
import stat
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

#: Names a directory for the cache, or switches it off (``off``, ``0`` or nothing).
VARIABLE: Final = "STATKIT_CACHE"

#: Megabytes the cache may take.
SIZE_VARIABLE: Final = "STATKIT_CACHE_MB"

_DEFAULT_MB: Final = 1024
_OFF: Final = frozenset({"", "0", "off", "no", "none"})
_SUFFIX: Final = ".columns"
_STALE: Final = 3600.0
_TOUCHED: Final = 3600.0


def default_directory() -> str | None:
    """Say where the cache belongs: ``STATKIT_CACHE``, else the user's cache directory; None when off."""
    named = os.environ.get(VARIABLE)
    if named is not None:
        return None if named.strip().lower() in _OFF else os.path.abspath(os.path.expanduser(named))
    if _on_linux():  # what platformdirs answers here, without its import
        named = os.environ.get("XDG_CACHE_HOME", "").strip()
        base = named if os.path.isabs(named) else os.path.expanduser("~/.cache")
        return os.path.join(base, "statkit") if os.path.isabs(base) else None  # a user without a home
    return _of_the_platform()


def _on_linux() -> bool:
    return sys.platform == "linux"


def _of_the_platform() -> str:
    import platformdirs

    return str(platformdirs.user_cache_dir("statkit", appauthor=False))


def default_limit() -> int:
    """Bytes the cache may take: ``STATKIT_CACHE_MB`` megabytes, else a gigabyte."""
    try:
        megabytes = float(os.environ.get(SIZE_VARIABLE, ""))
    except ValueError:
        megabytes = _DEFAULT_MB
    return int(max(0.0, min(megabytes, 1e9)) * 1e6)


@dataclass(frozen=True, slots=True)
class CacheFile:
    """One file of the cache: its path, bytes, and when it was last of use (unix seconds)."""

    path: str
    size: int
    used: float


class Place:
    """A private directory of files that may vanish at any moment.

    Parameters
    ----------
    directory : str
        Made when first written to, for its owner alone.
    limit : int
        Bytes it may hold; the least recently used files go first.
    """

    def __init__(self, directory: str, limit: int) -> None:
        self.directory = directory
        self.limit = limit

    def path(self, name: str) -> str:
        """Path of a file of that name."""
        return os.path.join(self.directory, name + _SUFFIX)

    def use(self, name: str) -> str | None:
        """Path of a file of that name that is there and may be trusted; it counts as used now."""
        path = self.path(name)
        try:
            status = os.stat(path, follow_symlinks=False)
        except OSError:
            return None
        if not stat.S_ISREG(status.st_mode) or not self.private():
            return None
        if time.time() - status.st_mtime > _TOUCHED:
            with contextlib.suppress(OSError):
                os.utime(path)
        return path

    def private(self) -> bool:
        """Tell whether the directory belongs to this user and nobody else may write there."""
        try:
            status = os.stat(self.directory)
        except OSError:
            return False
        mine = getattr(os, "geteuid", lambda: status.st_uid)() == status.st_uid
        return mine and not status.st_mode & 0o022

    def write(self, name: str, parts: Sequence[bytes]) -> bool:
        """Put a file there, whole or not at all; False where there is no room or no permission."""
        size = sum(map(len, parts))
        if size > self.limit // 2:
            return False
        path = self.path(name)
        temporary = f"{path}.{os.getpid()}.{time.monotonic_ns():x}.tmp"
        try:
            os.makedirs(self.directory, mode=0o700, exist_ok=True)
            if not self.private():
                return False
            descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            try:
                with open(descriptor, "wb", buffering=0) as stream:
                    _write_all(stream.fileno(), parts)
                os.replace(temporary, path)
            except BaseException:
                with contextlib.suppress(OSError):
                    os.unlink(temporary)
                raise
        except OSError:
            return False
        self._evict()
        return True

    def remove(self, name: str) -> None:
        """Remove a file, if it is there."""
        with contextlib.suppress(OSError):
            os.unlink(self.path(name))

    def files(self) -> list[CacheFile]:
        """List the files, the least recently used first."""
        return sorted(self._scan(_SUFFIX), key=lambda file: (file.used, file.path))

    def clear(self) -> tuple[int, int]:
        """Remove all of them; says how many files and bytes went."""
        gone = [file for file in (*self._scan(_SUFFIX), *self._scan(".tmp")) if _unlink(file.path)]
        return len(gone), sum(file.size for file in gone)

    def _scan(self, suffix: str) -> Iterator[CacheFile]:
        try:
            with os.scandir(self.directory) as entries:
                for entry in entries:
                    if entry.name.endswith(suffix) and _SUFFIX in entry.name:
                        with contextlib.suppress(OSError):
                            status = entry.stat(follow_symlinks=False)
                            yield CacheFile(entry.path, status.st_size, status.st_mtime)
        except OSError:
            return

    def _evict(self) -> None:
        files = self.files()
        total = sum(file.size for file in files)
        for file in files:
            if total <= self.limit:
                break
            total -= file.size if _unlink(file.path) else 0
        for file in self._scan(".tmp"):  # of a process that died while writing
            if time.time() - file.used > _STALE:
                _unlink(file.path)


def _write_all(descriptor: int, parts: Iterable[bytes]) -> None:
    for part in parts:
        rest = memoryview(part)
        while rest:
            rest = rest[os.write(descriptor, rest) :]


def _unlink(path: str) -> bool:
    try:
        os.unlink(path)
    except OSError:
        return False
    return True
