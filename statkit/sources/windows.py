"""A long JSON list cut into chunks of whole records, in bounded memory.

A cut is proven, not guessed: when ``[`` + a prefix of the list's text + ``]`` is a JSON list and a comma
follows the prefix, then the prefix ends between two elements, whatever the strings in it hold.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from statkit.errors import MalformedFileError, TruncatedFileError

#: Bytes parsed at a time: their objects still fit a processor's cache.
CHUNK: Final = 1 << 18

#: A single record, or what stands behind the list, may be so long (bytes).
LONGEST: Final = 1 << 26

#: So many bytes behind a record show what follows it.
_SEEN: Final = 4096

_TOKEN = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*("?)|[\[\]{}]', re.DOTALL)
_NEXT_RECORD = re.compile(rb'[ \t\r\n]*,[ \t\r\n]*\{[ \t\r\n]*"[^"\\]*"')
_COMMA = re.compile(rb"[ \t\r\n]*,")


class Refused(Exception):
    """What is not for the fast road: the whole file has to be looked at."""


class Walk(NamedTuple):
    """How far the elements of a list reach in a piece of its text.

    Attributes
    ----------
    first : int or None
        Where the first object or list in it ends.
    last : int or None
        Where the last whole one ends.
    end : int or None
        Where the list's own bracket stands.
    """

    first: int | None
    last: int | None
    end: int | None


def walk(text: bytes | bytearray, start: int, stop: int) -> Walk:
    """Follow brackets and strings through the elements of a list, from between two of them."""
    first = last = None
    depth = 0
    for token in _TOKEN.finditer(text, start, stop):
        mark = token[0][:1]
        if mark == b'"':
            if not token[1]:
                break
        elif mark in b"[{":
            depth += 1
        elif depth:
            depth -= 1
            if not depth:
                last = token.end()
                first = last if first is None else first
        else:
            return Walk(first, last, token.start())
    return Walk(first, last, None)


class Place(NamedTuple):
    """Where a chunk came from.

    Attributes
    ----------
    start, stop : int
        Byte offsets of its text in the file.
    """

    start: int
    stop: int


Take = Callable[[memoryview, Place], bool]


@dataclass(slots=True)
class _Buffer:
    """A stretch of the file: ``data[1:have]`` is what stands at byte ``base`` + 1 and after."""

    data: bytearray
    have: int
    base: int


def feed(
    file: io.FileIO,
    start: int,
    take: Take,
    *,
    marks: Sequence[int] = (),
    at_mark: Callable[[int], None] = lambda mark: None,
    advance: Callable[[int], None] = lambda place: None,
    chunk: int | None = None,
) -> int:
    """Hand a list's text to a parser, chunk by chunk.

    Parameters
    ----------
    file : io.FileIO
        The open file.
    start : int
        Where the list's bracket stands.
    take : callable
        Gets ``[…]`` and where its text stands; says whether that is a JSON list. What it is given is
        overwritten later.
    marks : sequence of int
        Byte offsets in rising order where a cut has to be: each just behind an object of the list.
    at_mark : callable
        Called with a mark when all before it has been taken.
    advance : callable
        Called with the byte offset that is done.
    chunk : int or None
        Bytes at a time, more or less; None takes `CHUNK`.

    Returns
    -------
    int
        Where the list's closing bracket stands.

    Raises
    ------
    TruncatedFileError
        If the file ends inside the list.
    MalformedFileError
        If it holds what is not JSON; the message gives the byte from which on.
    Refused
        If other things than objects follow the first object, an element is longer than `LONGEST`, or no
        object of the list ends at a mark.
    """
    return _Feeder(file, start, take, marks, at_mark, advance, chunk or CHUNK).run()


class _Feeder:
    """The state of one `feed`."""

    def __init__(
        self,
        file: io.FileIO,
        start: int,
        take: Take,
        marks: Sequence[int],
        at_mark: Callable[[int], None],
        advance: Callable[[int], None],
        chunk: int,
    ) -> None:
        self._file = file
        self._take = take
        self._marks = list(marks)
        self._at_mark = at_mark
        self._advance = advance
        self._buffer = _Buffer(bytearray(max(chunk, 64)), 0, start)
        self._separator: bytes | None = None
        file.seek(start)

    def run(self) -> int:
        """Take chunk after chunk until the list ends."""
        while True:
            whole = self._fill()
            buffer = self._buffer
            if not whole and (self._pinched() or not self._learnt()):
                self._grow()
                continue
            cut = self._cut()
            if cut is not None and self._taken(cut):
                self._drop(cut)
                continue
            found = walk(buffer.data, 1, buffer.have)
            if found.end is not None:
                return self._finish(found.end)
            if whole:
                raise TruncatedFileError(f"ends in the middle (byte {buffer.base + buffer.have:,})")
            if found.last is None:
                self._grow()
            elif self._taken(found.last):
                self._drop(found.last)
            else:
                raise MalformedFileError(f"not JSON between bytes {buffer.base + 1:,} and {found.last:,}")

    def _fill(self) -> bool:
        """Fill the buffer; tell whether the file ends in it."""
        buffer = self._buffer
        while buffer.have < len(buffer.data):
            with memoryview(buffer.data) as view:
                got = self._file.readinto(view[buffer.have :])
            if not got:
                return True
            buffer.have += got
        return False

    def _grow(self) -> None:
        data = self._buffer.data
        if len(data) >= LONGEST:
            raise Refused("one element is longer than what is read at once")
        data.extend(bytes(len(data)))

    def _pinched(self) -> bool:
        """Tell whether the next mark lies so near the end that what follows it may not be seen."""
        end = self._buffer.base + self._buffer.have
        return bool(self._marks) and end - _SEEN <= self._marks[0] < end

    def _learnt(self) -> bool:
        """Learn from the first two records what stands between records; once is enough."""
        if self._separator is not None:
            return True
        buffer = self._buffer
        found = walk(buffer.data, 1, buffer.have)
        if found.end is not None:
            return True
        if found.first is None:
            return False
        between = _NEXT_RECORD.match(buffer.data, found.first, buffer.have)
        if between is None:
            if found.first + _SEEN > buffer.have:
                return False
            raise Refused("its elements are not all objects")
        self._separator = b"}" + between[0]
        return True

    def _cut(self) -> int | None:
        """Where the last record of the buffer seems to end: at a mark, where one lies in it."""
        buffer = self._buffer
        if self._marks and self._marks[0] < buffer.base + buffer.have:
            return self._marks[0] - buffer.base
        if self._separator is None:
            return None
        place = buffer.data.rfind(self._separator, 0, buffer.have)
        return place + 1 if place > 0 else None

    def _taken(self, cut: int) -> bool:
        """Offer the text up to a place as a list; it counts only where a comma follows."""
        buffer = self._buffer
        mark = buffer.base + cut if self._marks and self._marks[0] == buffer.base + cut else None
        good = _COMMA.match(buffer.data, cut, buffer.have) is not None and self._offer(cut)
        if mark is None:
            return good
        if not good:
            raise Refused("an object of the list does not end where another file ends")
        self._at_mark(self._marks.pop(0))
        return True

    def _offer(self, stop: int) -> bool:
        buffer = self._buffer
        before, behind = buffer.data[0], buffer.data[stop]
        buffer.data[0], buffer.data[stop] = 0x5B, 0x5D
        with memoryview(buffer.data) as view, view[: stop + 1] as text:
            good = self._take(text, Place(buffer.base + 1, buffer.base + stop))
        buffer.data[0], buffer.data[stop] = before, behind
        return good

    def _drop(self, cut: int) -> None:
        """Let go what was taken; the comma behind it becomes the first byte."""
        buffer = self._buffer
        comma = buffer.data.index(b",", cut)
        left = buffer.have - comma
        buffer.data[:left] = buffer.data[comma : buffer.have]
        buffer.base += comma
        buffer.have = left
        self._advance(buffer.base)

    def _finish(self, end: int) -> int:
        """Take the last records."""
        buffer = self._buffer
        if self._marks:
            raise Refused("the list ends before another file's")
        if not self._offer(end):
            raise MalformedFileError(f"not JSON between bytes {buffer.base + 1:,} and {buffer.base + end:,}")
        self._advance(buffer.base + end)
        return buffer.base + end
