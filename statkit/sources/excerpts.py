"""Lists that hold nothing but lines of a log: proven by comparing bytes, while the log is read.

`BatchMetricsWriter` makes every list of the lines of its log: one an element, in their order, with a
comma between them. A text made so of lines that are records is a list of those records.
"""

from __future__ import annotations

import io
import math
from collections.abc import Sequence
from typing import Any, Final

from statkit import json_text
from statkit.errors import SourceError
from statkit.layout import natural_key
from statkit.sources.lists import ListPlace, open_file
from statkit.sources.prefixes import agreeing
from statkit.sources.values import as_seconds
from statkit.sources.windows import LONGEST, Refused

_PIECE: Final = 1 << 13


class Excerpt:
    """One list that is compared with the lines of a log.

    Parameters
    ----------
    place : ListPlace
        The list.

    Attributes
    ----------
    place : ListPlace
        The same.
    count : int
        How many of its elements are lines of the log.
    end : int or None
        The byte offset of its closing bracket, once all of them are.
    started : bool
        Whether its first element was met.

    Raises
    ------
    MalformedFileError
        If the file cannot be opened.
    Refused
        If it is written otherwise.
    """

    def __init__(self, place: ListPlace) -> None:
        self.place = place
        self.count = 0
        self.end: int | None = None
        self.started = False
        self._at = place.start + 2
        self._file: io.FileIO | None = None
        self._buffer = bytearray()
        with open_file(place.file) as opened:
            opened.seek(place.start)
            if opened.read(2) != b"[\n":
                raise Refused("its elements do not stand one a line")
            self._line, self._is_last = _line_at(opened, self._at)
        try:
            first = json_text.loads(self._line)
        except SourceError:
            first = None
        if type(first) is not dict:
            raise Refused("its elements do not stand one a line")
        time = as_seconds(first.get("timestamp"))
        #: By when it starts in the log: the time of its first record, then its name.
        self.rank: tuple[Any, ...] = (math.inf if time is None else time, natural_key(place.file.name))

    def follow(self, lines: bytes, count: int) -> None:
        """Look for the next elements among lines.

        Parameters
        ----------
        lines : bytes
            A newline, then each line with a comma and a newline behind it.
        count : int
            How many.
        """
        here = 0  # at the newline before a line
        while self.end is None and here < len(lines) - 1:
            if self._line:
                here = lines.find(b"\n%b,\n" % self._line, here)
                if here < 0:
                    return
                here = self._met(here)
            else:
                here = self._compared(lines, here, count)

    def close(self) -> None:
        """Close the file."""
        if self._file is not None:
            self._file.close()
            self._file, self._buffer = None, bytearray()

    def _met(self, here: int) -> int:
        """Step over the line that was looked for."""
        if self._file is None:
            self._file = open_file(self.place.file)
        self.started = True
        self.count += 1
        length = len(self._line)
        if self._is_last:
            self._file.seek(self._at + length + 1)
            if self._file.read(1) != b"]":
                raise Refused("its elements do not stand one a line")
            self.end = self._at + length + 1
            self.close()
        self._at += length + 2
        self._line = b""
        return here + length + 2

    def _compared(self, lines: bytes, here: int, count: int) -> int:
        """Step over the lines that are the next elements; what comes then has to be looked for."""
        assert self._file is not None
        self._file.seek(self._at)
        size = len(lines) - here - 1
        if len(self._buffer) < size:
            self._buffer = bytearray(size)
        with memoryview(self._buffer) as view:
            got = self._file.readinto(view[:size]) or 0
            same = got == size and lines.startswith(view[:size], here + 1)
        if same:
            self.count += count if here == 0 else lines.count(b"\n", here + 1)
            self._at += size
            return len(lines) - 1
        text = self._buffer[:got]
        stop = here + 1 + agreeing(text, lines[here + 1 : here + 1 + len(text)])
        begin = lines.rfind(b"\n", here, stop)
        self.count += lines.count(b"\n", here + 1, begin + 1)
        self._at += begin - here
        self._line, self._is_last = _line_at(self._file, self._at)
        return begin


def _line_at(opened: io.FileIO, place: int) -> tuple[bytes, bool]:
    """Read one element without its comma, and tell whether it is the last."""
    opened.seek(place)
    line = b""
    while b"\n" not in line:
        piece = opened.read(_PIECE)
        if not piece or len(line) > LONGEST:
            raise Refused("its elements do not stand one a line")
        line += piece
    line = line[: line.index(b"\n")]
    is_last = not line.endswith(b",")
    line = line if is_last else line[:-1]
    if not line.strip():
        raise Refused("its elements do not stand one a line")
    return line, is_last


class Excerpts:
    """Several lists, looked for in the lines of one log.

    Parameters
    ----------
    places : sequence of ListPlace
        The lists.

    Raises
    ------
    MalformedFileError
        If one cannot be opened.
    Refused
        If one is written otherwise.
    """

    def __init__(self, places: Sequence[ListPlace]) -> None:
        self.all = [Excerpt(place) for place in places]
        self._waiting = sorted(self.all, key=lambda each: each.rank)
        self._open: list[Excerpt] = []

    def watch(self, text: bytes, count: int) -> None:
        """Take the next lines of the log, each with its newline."""
        if not self._waiting and not self._open:
            return
        lines = b"\n" + text.replace(b"\n", b",\n")
        for each in self._open:
            each.follow(lines, count)
        while self._waiting:
            first = self._waiting[0]
            first.follow(lines, count)
            if not first.started:
                break
            self._open.append(self._waiting.pop(0))
        self._open = [each for each in self._open if each.end is None]

    def close(self) -> None:
        """Close all files."""
        for each in self.all:
            each.close()
