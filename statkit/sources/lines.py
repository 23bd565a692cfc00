"""One JSON object a line: ``.jsonl`` and ``.ndjson``."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from statkit import json_text
from statkit.errors import MalformedFileError, SourceError, TruncatedFileError
from statkit.records import flatten
from statkit.sources import windows
from statkit.sources.base import File, read_bytes
from statkit.sources.faults import os_reason
from statkit.sources.gathering import Gathering
from statkit.sources.lists import open_file
from statkit.sources.progress import advance
from statkit.sources.windows import Place, Refused


def is_lines(name: str) -> bool:
    """Tell a line file by its ending."""
    return name.endswith((".jsonl", ".ndjson"))


#: The columns that every frame of ours begins with, as ``statkit export`` writes it.
EXPORTED: Final = ["run", "series", "step"]


def line_keys(text: bytes) -> list[str]:
    """Name the fields of the first line, nested ones with a dot; none where it is no object."""
    try:
        first = json_text.loads(text.split(b"\n", 1)[0])
    except SourceError:
        return []
    return list(flatten(first)) if isinstance(first, dict) else []


def is_batch_lines(text: bytes) -> bool:
    """Tell batch records from other lines: one of the first lines names both keys of a batch.

    The rows of an exported frame name them too, and are none.
    """
    return line_keys(text)[:3] != EXPORTED and any(
        b'"batch_idx"' in line and b'"phase"' in line for line in text.split(b"\n")
    )


@dataclass(frozen=True, slots=True)
class LinesRead:
    """What reading some lines left.

    Attributes
    ----------
    end : int
        The byte offset behind what was taken: where to go on when more is appended. A last line that is cut
        short lies beyond it.
    lines : int
        How many lines there were, blank ones and one cut short included.
    bad : list of int
        The numbers, from 1, of the lines that are no JSON objects.
    """

    end: int
    lines: int
    bad: list[int]


def read_lines(file: File, gathering: Gathering, start: int = 0) -> LinesRead:
    """Read the lines of a file from a byte offset on, a chunk at a time.

    Parameters
    ----------
    file : File
        The file.
    gathering : Gathering
        Where the records go.
    start : int
        Where a line begins.

    Raises
    ------
    MalformedFileError
        If the file cannot be read.
    Refused
        If it is no UTF-8, or a line is longer than what is read at once.
    """
    bad: list[int] = []
    number = 0
    end = start
    try:
        with open_file(file) as opened:
            for place, text in _chunks(opened, start):
                if not gathering.take_lines(memoryview(text), place):
                    records, odd = objects_of(text, number, file.name)
                    gathering.take_records(records, place)
                    bad += odd
                number += text.count(b"\n")
                cut = bad[-1:] == [number + 1]
                end = place.start + text.rfind(b"\n") + 1 if cut else place.stop
                advance(place.stop, file.size, file.path)
    except OSError as error:
        raise MalformedFileError(f"cannot be read: {os_reason(error)}", file.name) from None
    return LinesRead(end, number + 1, bad)


def _chunks(opened: io.FileIO, start: int) -> Iterator[tuple[Place, bytes]]:
    """Yield whole lines, some together, and where they stand; the last may lack its newline."""
    opened.seek(start)
    rest = b""
    while block := opened.read(windows.CHUNK):
        if start == 0 and not rest and (b"\0" in block[:4] or block.startswith(_MARKED)):
            raise Refused("no UTF-8")
        cut = block.rfind(b"\n") + 1
        if cut:
            text = rest + block[:cut]
            yield Place(start, start + len(text)), text
            start += len(text)
            rest = block[cut:]
        else:
            rest += block
            if len(rest) > windows.LONGEST:
                raise Refused("one line is longer than what is read at once")
    if rest:
        yield Place(start, start + len(rest)), rest


_MARKED: Final = (b"\xff\xfe", b"\xfe\xff", b"\xef\xbb\xbf")


def load_lines(file: File) -> tuple[list[dict[str, Any]], str]:
    """Parse every line of a file.

    Returns
    -------
    rows : list of dict
        The lines that are objects.
    lost : str
        What was left out: empty, or one sentence that counts the lines, says where the first is and
        whether only the last line was cut short.

    Raises
    ------
    TruncatedFileError, MalformedFileError
        If the file cannot be read, or not one line of it is an object.
    """
    try:
        data = read_bytes(file.path)
    except OSError as error:
        raise MalformedFileError(f"cannot be read: {os_reason(error)}", file.name) from None
    if b"\0" in data[:4] or data.startswith(_MARKED):
        data = json_text.decode(data).encode()
    rows, bad = objects_of(data, 0, file.name)
    return rows, lost_lines(len(rows), bad, data.count(b"\n") + 1, file.name)


def objects_of(text: bytes, before: int, name: str) -> tuple[list[dict[str, Any]], list[int]]:
    """Parse lines one by one.

    Parameters
    ----------
    text : bytes
        The lines.
    before : int
        How many lines stand before them.
    name : str
        The file's.

    Returns
    -------
    tuple of list of dict and list of int
        The objects, and the numbers of the other lines that are not blank.
    """
    rows: list[dict[str, Any]] = []
    bad: list[int] = []
    for number, line in enumerate(text.split(b"\n"), before + 1):
        if not line.strip():
            continue
        try:
            record = json_text.loads(line, name)
        except SourceError:
            record = None
        if isinstance(record, dict):
            rows.append(record)
        else:
            bad.append(number)
    return rows, bad


def lost_lines(rows: int, bad: Sequence[int], last: int, name: str) -> str:
    """Say in one sentence what was left out of a file of lines; empty where nothing was.

    Parameters
    ----------
    rows : int
        How many lines are objects.
    bad : sequence of int
        The numbers of those that are none.
    last : int
        The number of the last line.
    name : str
        The file's.

    Raises
    ------
    TruncatedFileError, MalformedFileError
        If no line is an object.
    """
    if not rows and list(bad) == [last]:
        raise TruncatedFileError("its only line is cut short", name)
    if not rows and bad:
        raise MalformedFileError("no line of it is a JSON object", name)
    if not bad:
        return ""
    if list(bad) == [last]:
        return f"its last line ({last:,}) is cut short; the lines before it are read"
    what = "1 line is no JSON object" if len(bad) == 1 else f"{len(bad):,} lines are no JSON objects"
    return f"{what}, the first is line {bad[0]:,}; the others are read"
