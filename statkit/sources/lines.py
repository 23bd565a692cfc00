"""One JSON object a line: ``.jsonl`` and ``.ndjson``."""

from __future__ import annotations

from typing import Any, Final

from statkit import json_text
from statkit.errors import MalformedFileError, SourceError, TruncatedFileError
from statkit.records import flatten
from statkit.sources.base import File, read_bytes
from statkit.sources.faults import os_reason


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
    if b"\0" in data[:4] or data[:2] in (b"\xff\xfe", b"\xfe\xff") or data[:3] == b"\xef\xbb\xbf":
        data = json_text.decode(data).encode()
    rows: list[dict[str, Any]] = []
    bad: list[int] = []
    lines = data.split(b"\n")
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            record = json_text.loads(line, file.name)
        except SourceError:
            record = None
        if isinstance(record, dict):
            rows.append(record)
        else:
            bad.append(number)
    if not rows and bad == [len(lines)]:
        raise TruncatedFileError("its only line is cut short", file.name)
    if not rows and bad:
        raise MalformedFileError("no line of it is a JSON object", file.name)
    return rows, _lost(bad, len(lines))


def _lost(bad: list[int], last: int) -> str:
    if not bad:
        return ""
    if bad == [last]:
        return f"its last line ({last:,}) is cut short; the lines before it are read"
    what = "1 line is no JSON object" if len(bad) == 1 else f"{len(bad):,} lines are no JSON objects"
    return f"{what}, the first is line {bad[0]:,}; the others are read"
