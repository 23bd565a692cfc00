"""Replace a file so that at any moment, power loss included, the old or the new one is there whole.

A temporary file that no reader claims is written and fsynced, renamed over the target, and the
directory is fsynced. Every call goes through ``system``, an object with the names of the module
``os`` that are used here, so that tests can let any of them fail.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Iterable
from contextlib import suppress
from typing import Any

from statkit import layout

_UNSUPPORTED = (errno.EINVAL, errno.ENOTSUP, errno.ENOSYS)  # a file system without fsync
_FLAGS = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)


def replace_file(
    path: str, chunks: Iterable[bytes], system: Any = os, temporary_in: str | None = None
) -> None:
    """Write a file atomically and durably.

    Parameters
    ----------
    path : str
        The target; its directory exists.
    chunks : iterable of bytes
        The content.
    system : object, default the module ``os``
        Where the calls go.
    temporary_in : str, optional
        Directory of the temporary file, on the same file system; default the target's.

    Raises
    ------
    OSError
        Whatever a call raised. The target is then the old or the new file, whole.
    """
    directory, name = os.path.split(path)
    token = os.urandom(6).hex()
    temporary = os.path.join(temporary_in or directory, layout.temporary_name(name, os.getpid(), token))
    descriptor = above_standard(system.open(temporary, _FLAGS, 0o666), system)
    try:
        try:
            for chunk in chunks:
                write_all(descriptor, chunk, system)
            synchronise(descriptor, system)
        finally:
            system.close(descriptor)
        system.replace(temporary, path)
    except BaseException:
        with suppress(Exception):
            system.unlink(temporary)
        raise
    synchronise_directory(directory, system)


def write_all(descriptor: int, data: bytes, system: Any = os) -> None:
    """Write every byte: a call may take only a part."""
    rest = memoryview(data)
    while rest:
        rest = rest[system.write(descriptor, rest) :]


def synchronise(descriptor: int, system: Any = os) -> None:
    """Flush a file to the storage; a file system that cannot is left at that."""
    try:
        system.fsync(descriptor)
    except OSError as error:
        if error.errno not in _UNSUPPORTED:
            raise


def synchronise_directory(directory: str, system: Any = os) -> None:
    """Make names in a directory durable. Windows has no such call and needs none."""
    if not hasattr(os, "O_DIRECTORY"):
        return
    descriptor = system.open(directory or ".", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        synchronise(descriptor, system)
    finally:
        system.close(descriptor)


def above_standard(descriptor: int, system: Any = os) -> int:
    """Move a descriptor off 0, 1 and 2: with stdout closed, a stray print would land in the file."""
    if descriptor > 2:
        return descriptor
    import fcntl

    try:
        return fcntl.fcntl(descriptor, fcntl.F_DUPFD_CLOEXEC, 3)
    finally:
        system.close(descriptor)


def create_directory(directory: str, system: Any = os) -> None:
    """Create a directory and its parents, durably; one that exists is fine.

    Raises
    ------
    OSError
        If it cannot be created, or a file stands in its way.
    """
    if os.path.isdir(directory):
        return
    try:
        _make_directory(directory, system)
    except FileNotFoundError:
        parent = os.path.dirname(directory)
        if parent == directory:
            raise
        create_directory(parent, system)
        _make_directory(directory, system)  # /proc and the like refuse so though the parent is there


def _make_directory(directory: str, system: Any) -> None:
    try:
        system.mkdir(directory)
    except FileExistsError:
        if not os.path.isdir(directory):
            raise
        return
    synchronise_directory(os.path.dirname(directory), system)
