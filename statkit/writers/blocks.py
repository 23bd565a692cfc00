"""Reading a file piece by piece, through the writers' port to the operating system."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any, Final

#: Bytes read at a time.
BLOCK: Final = 1 << 18

_FLAGS = os.O_RDONLY | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)


def blocks(path: str, system: Any = os, start: int = 0, end: int | None = None) -> Iterator[bytes]:
    """Yield the bytes of a file from ``start`` up to ``end`` (default: its end).

    Raises
    ------
    OSError
        If it cannot be opened or read.
    """
    descriptor = system.open(path, _FLAGS)
    try:
        if start:
            system.lseek(descriptor, start, os.SEEK_SET)
        place = start
        while block := system.read(descriptor, BLOCK if end is None else max(0, min(BLOCK, end - place))):
            place += len(block)
            yield block
    finally:
        system.close(descriptor)


def lines(path: str, system: Any = os, start: int = 0, end: int | None = None) -> Iterator[tuple[int, bytes]]:
    """Yield each line that is not empty, without its newline, and the byte offset at which it starts."""
    place, rest = start, b""
    for block in blocks(path, system, start, end):
        *whole, rest = (rest + block).split(b"\n")
        for line in whole:
            if line:
                yield place, line
            place += len(line) + 1
    if rest:
        yield place, rest
