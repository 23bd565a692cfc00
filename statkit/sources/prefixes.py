"""Cumulative files: one whose text is the beginning of another's need not be parsed."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from statkit.sources.lists import ListPlace, open_file

#: Bytes compared at a time: two such blocks fit a processor's cache.
_BLOCK: Final = 1 << 17
_BLANKS: Final = b" \t\r\n"
_SEEN: Final = 4096


@dataclass(slots=True)
class Common:
    """How far two lists are the same text.

    Attributes
    ----------
    shorter : ListPlace
        The one that may be the beginning of the other.
    length : int
        How many bytes from the opening bracket on agree.
    """

    shorter: ListPlace
    length: int


@dataclass(slots=True)
class _Open:
    place: ListPlace
    file: io.FileIO
    length: int = 0
    block: bytearray = field(default_factory=lambda: bytearray(_BLOCK))

    def read(self) -> int:
        """Fill the block; fewer bytes only at the end of the file."""
        have = 0
        with memoryview(self.block) as view:
            while have < _BLOCK:
                got = self.file.readinto(view[have:])
                if not got:
                    break
                have += got
        return have


def common_texts(longest: ListPlace, others: Sequence[ListPlace]) -> list[Common]:
    """Compare lists with the longest one, block by block, each file read once.

    Raises
    ------
    MalformedFileError
        If one cannot be opened.
    OSError
        If one cannot be read.
    """
    opened: list[_Open] = []
    try:
        for place in (longest, *others):
            opened.append(_Open(place, open_file(place.file)))
            opened[-1].file.seek(place.start)
        _compare(opened[0], opened[1:])
        return [Common(each.place, each.length) for each in opened[1:]]
    finally:
        for each in opened:
            each.file.close()


def _compare(longest: _Open, alive: list[_Open]) -> None:
    while alive:
        have = longest.read()
        still = []
        for other in alive:
            got = other.read()
            if got == have == _BLOCK and other.block == longest.block:
                other.length += _BLOCK
                still.append(other)
            else:
                other.length += agreeing(other.block[:got], longest.block[:have])
        alive = still if have == _BLOCK else []


def agreeing(one: bytes | bytearray, other: bytes | bytearray) -> int:
    """Count the bytes that agree at the beginning of two blocks, by halving."""
    low, high = 0, min(len(one), len(other))
    while low < high:
        middle = (low + high + 1) // 2
        if one[low:middle] == other[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low


def end_in(place: ListPlace, length: int) -> int | None:
    """Where a list ends whose text up to ``length`` bytes behind its bracket is known: blanks, then ``]``.

    Returns
    -------
    int or None
        The byte offset of the closing bracket; None where something else stands there.
    """
    with open_file(place.file) as opened:
        opened.seek(place.start + length)
        while part := opened.read(256):
            rest = part.lstrip(_BLANKS)
            if rest:
                found = place.start + length + len(part) - len(rest)
                return found if rest[:1] == b"]" else None
            length += len(part)
    return None


def end_of_object(place: ListPlace, length: int) -> int:
    """Shorten a stretch of a list's text to the object it ends with; 0 where it ends with something else.

    Parameters
    ----------
    place : ListPlace
        The list.
    length : int
        Bytes from the opening bracket on.
    """
    with open_file(place.file) as opened:
        seen = min(length, _SEEN)
        opened.seek(place.start + length - seen)
        text = opened.read(seen).rstrip(_BLANKS)
    return length - seen + len(text) if text.endswith(b"}") else 0
