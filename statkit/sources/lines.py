"""One JSON object a line: ``.jsonl`` and ``.ndjson``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from statkit import json_text
from statkit.errors import MalformedFileError, SourceError, TruncatedFileError
from statkit.records import flatten
from statkit.sources.base import File, read_bytes
from statkit.sources.faults import os_reason


def is_lines(name: str) -> bool:
    """Tell a line file by its ending."""
    return name.endswith((".jsonl", ".ndjson"))


#: How a text begins that is no plain UTF-8.
MARKED: Final = (b"\xff\xfe", b"\xfe\xff", b"\xef\xbb\xbf")

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
    if b"\0" in data[:4] or data.startswith(MARKED):
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
