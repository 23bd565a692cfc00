"""A log that only grows, one record a line: read in bounded memory, and later from where it ended."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

import orjson

from statkit.errors import MalformedFileError
from statkit.records import Coded, Columns, stacked
from statkit.sources import windows
from statkit.sources.base import File
from statkit.sources.faults import os_reason
from statkit.sources.gathering import Gathering, Stretch
from statkit.sources.lines import MARKED, objects_of
from statkit.sources.lists import open_file
from statkit.sources.progress import advance
from statkit.sources.windows import Place, Refused

#: So many of the bytes before the end are compared before the reading goes on from there.
_SEEN: Final = 4096

#: Called with lines that are records, each with its newline, and their number.
Watch = Callable[[bytes, int], None]


@dataclass(slots=True)
class LinesRead:
    """How far some lines were read.

    Attributes
    ----------
    end : int
        The byte offset behind the last newline: where to go on when more is appended.
    rows : int
        How many records stand before it.
    breaks : int
        How many newlines there were.
    bad : list of int
        The numbers, from 1, of the lines that are no JSON objects, blank ones apart.
    """

    end: int = 0
    rows: int = 0
    breaks: int = 0
    bad: list[int] = field(default_factory=list)

    def settled(self) -> LinesRead:
        """Forget what stands behind the last newline."""
        return LinesRead(self.end, self.rows, self.breaks, [line for line in self.bad if line <= self.breaks])


@dataclass(frozen=True, slots=True, kw_only=True)
class Log:
    """What was read of a log.

    Attributes
    ----------
    file : File
        As it was then.
    columns : Columns
        Its records in the order of the lines; not to be changed.
    stretches : sequence of Stretch
        Where which records are.
    read : LinesRead
        How far.
    seen : bytes
        What stands before that place.
    """

    file: File
    columns: Columns
    stretches: Sequence[Stretch]
    read: LinesRead
    seen: bytes


def read_log(
    file: File,
    format: str,
    series: str,
    fields: Sequence[str] | None,
    *,
    before: Log | None = None,
    watch: Watch | None = None,
) -> Log:
    """Read a log, or what was appended to it.

    Parameters
    ----------
    file : File
        The file.
    format, series : str
        The source's name, and that of the series.
    fields : sequence of str or None
        The fields to keep; None keeps all.
    before : Log or None
        What was read of it with the same fields, if the file `goes_on` from there.
    watch : callable or None
        Told of the lines that are read now and are records.

    Raises
    ------
    MalformedFileError
        If the file cannot be read.
    Refused
        If it is no UTF-8, or a line is longer than what is read at once.
    """
    read = LinesRead() if before is None else before.read.settled()
    gathering = Gathering(format, fields, file.size - read.end)
    rows, start = read.rows, read.end
    read_lines(file, gathering, read, watch)
    columns, stretches = gathering.columns(series, file.name), gathering.stretches
    if before is not None:
        columns = _joined(before.columns, rows, columns, format, file.name)
        kept = [stretch for stretch in before.stretches if stretch.place.start < start]
        stretches = [*kept, *(Stretch(place, rows + row) for place, row in stretches)]
    return Log(file=file, columns=columns, stretches=stretches, read=read, seen=_seen(file, read.end))


def goes_on(before: Log, file: File) -> bool:
    """Tell whether a log is as it was or only grew: longer, and the last bytes read are still there."""
    if file == before.file:
        return True
    same = (before.file.path, before.file.inode) == (file.path, file.inode)
    if not same or file.size <= before.file.size or not before.read.end:
        return False
    try:
        return _seen(file, before.read.end) == before.seen
    except (OSError, MalformedFileError):
        return False


def _seen(file: File, end: int) -> bytes:
    with open_file(file) as opened:
        opened.seek(max(0, end - _SEEN))
        return opened.read(min(end, _SEEN))


def _joined(before: Columns, rows: int, more: Columns, format: str, name: str) -> Columns:
    """Put new rows behind the first ``rows`` of those read before."""
    count = rows + len(more)
    parts = [(rows, before), (len(more), more)]
    return Columns(
        stacked([(size, part.keys) for size, part in parts]),
        stacked([(size, part.fields) for size, part in parts]),
        {
            "format": Coded.same(format, count),
            "file": Coded.same(name, count),
            "row": range(count),
        },
    )


def read_lines(file: File, gathering: Gathering, read: LinesRead, watch: Watch | None = None) -> None:
    """Read the lines of a file from where the last reading ended, a chunk at a time.

    Parameters
    ----------
    file : File
        The file.
    gathering : Gathering
        Where the records go.
    read : LinesRead
        How far it was read; brought up to date.
    watch : callable or None
        Told of the lines that are records.

    Raises
    ------
    MalformedFileError
        If the file cannot be read.
    Refused
        If it is no UTF-8, or a line is longer than what is read at once.
    """
    before = read.rows
    try:
        with open_file(file) as opened:
            for place, text in _chunks(opened, read.end):
                known = gathering.count
                fast = gathering.take_lines(text, place)
                if not fast:
                    records, odd = objects_of(text, read.breaks, file.name)
                    gathering.take_records(records, place)
                    read.bad += odd
                breaks = _breaks(text)
                if watch is not None:
                    watch(*_records(text, gathering.count - known, breaks, strict=fast))
                read.breaks += breaks
                if text.endswith(b"\n"):
                    read.end, read.rows = place.stop, before + gathering.count
                advance(place.stop, file.size, file.path)
    except OSError as error:
        raise MalformedFileError(f"cannot be read: {os_reason(error)}", file.name) from None


def _breaks(text: bytes) -> int:
    """Count newlines; writing them twice is four times as fast as `bytes.count`."""
    return len(text.replace(b"\n", b"\n\n")) - len(text)


def _records(text: bytes, count: int, breaks: int, *, strict: bool) -> tuple[bytes, int]:
    """Keep the lines that are records wherever they stand, each with its newline, and count them."""
    if not text.endswith(b"\n"):
        text, breaks = text + b"\n", breaks + 1
    if strict and count == breaks:
        return text, count
    lines = [line for line in text.split(b"\n") if line.strip() and (strict or _is_strict(line))]
    return b"".join(line + b"\n" for line in lines), len(lines)


def _is_strict(line: bytes) -> bool:
    try:
        return type(orjson.loads(line)) is dict
    except orjson.JSONDecodeError:
        return False


def _chunks(opened: io.FileIO, start: int) -> Iterator[tuple[Place, bytes]]:
    """Yield whole lines, some together, and where they stand; the last may lack its newline."""
    opened.seek(start)
    buffer = bytearray(max(windows.CHUNK, 16))
    have = 0
    first = start == 0
    while True:
        with memoryview(buffer) as view:
            got = opened.readinto(view[have:])
            have += got or 0
            cut = buffer.rfind(b"\n", 0, have) + 1
            text = bytes(view[:cut]) if cut else b""
        if not got:
            break
        if first and (b"\0" in buffer[: min(have, 4)] or buffer.startswith(MARKED)):
            raise Refused("no UTF-8")
        if cut:
            yield Place(start, start + cut), text
            first = False
            start += cut
            buffer[: have - cut] = buffer[cut:have]
            have -= cut
        elif have == len(buffer):
            if have >= windows.LONGEST:
                raise Refused("one line is longer than what is read at once")
            buffer.extend(bytes(have))
    if have:
        yield Place(start, start + have), bytes(buffer[:have])
