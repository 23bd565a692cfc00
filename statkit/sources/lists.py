"""Where the list of batch records stands in a file, and what stands around it, without reading the list."""

from __future__ import annotations

import errno
import io
import os
import re
import stat
from typing import Any, Final, NamedTuple

from statkit import json_text
from statkit.errors import MalformedFileError, TruncatedFileError
from statkit.sources.base import File
from statkit.sources.faults import os_reason
from statkit.sources.windows import LONGEST, Refused

#: The key of the list, at depth 1.
KEY: Final = "batch_metrics"

#: The list begins within so many bytes, or the file is read whole.
_HEAD: Final = 1 << 16

_TOKEN: Final = re.compile(rb'"([^"\\]*(?:\\.[^"\\]*)*)"(\s*:\s*)?|[\[\]{}]', re.DOTALL)
_NO_UTF8: Final = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")


class ListPlace(NamedTuple):
    """The list of one file.

    Attributes
    ----------
    file : File
        Whose.
    start : int
        The byte offset of its opening bracket.
    """

    file: File
    start: int


def open_file(file: File) -> io.FileIO:
    """Open a regular file for reading, without waiting for one that is none.

    Raises
    ------
    MalformedFileError
        If it cannot be opened, with the file's name as path.
    """
    more = getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0)
    try:
        opened = io.FileIO(file.path, opener=lambda path, flags: os.open(path, flags | more))
        if not stat.S_ISREG(os.fstat(opened.fileno()).st_mode):
            opened.close()
            raise OSError(errno.EINVAL, "is no regular file", file.path)
    except OSError as error:
        raise MalformedFileError(f"cannot be read: {os_reason(error)}", file.name) from None
    return opened


def find_list(file: File) -> ListPlace | None:
    """Find the list called ``batch_metrics`` at depth 1, if it begins near the head of an UTF-8 file."""
    try:
        with open_file(file) as opened:
            head = opened.read(_HEAD)
    except (MalformedFileError, OSError):
        return None
    if head.startswith(_NO_UTF8) or b"\0" in head[:4] or not head.lstrip().startswith(b"{"):
        return None
    depth = 0
    for token in _TOKEN.finditer(head):
        if token[1] is None:
            depth += 1 if token[0] in b"{[" else -1
        elif depth == 1 and token[2]:
            if b"\\" in token[1]:
                return None
            if token[1] == KEY.encode():
                here = head[token.end() : token.end() + 1] == b"["
                return ListPlace(file, token.end()) if here else None
    return None


def is_empty(place: ListPlace) -> bool:
    """Tell whether a list closes at once."""
    with open_file(place.file) as opened:
        opened.seek(place.start + 1)
        return opened.read(256).lstrip().startswith(b"]")


def around(opened: io.FileIO, start: int, end: int) -> dict[str, Any]:
    """Parse everything but the list.

    Parameters
    ----------
    opened : io.FileIO
        The file.
    start, end : int
        Byte offsets of the list's brackets.

    Raises
    ------
    TruncatedFileError, MalformedFileError
        If it is not JSON.
    Refused
        If another list of that name follows, or more text than is read at once.
    """
    opened.seek(0)
    head = opened.read(start)
    opened.seek(end + 1)
    tail = b""
    while part := opened.read(1 << 16):
        tail += part
        if len(tail) > LONGEST:
            raise Refused("more stands behind the list than is read at once")
    try:
        document = json_text.loads(head + b"[]" + tail)
    except TruncatedFileError:
        raise TruncatedFileError(f"ends in the middle (byte {end + 1 + len(tail):,})") from None
    if KEY in json_text.loads(b'{"":0' + tail):
        raise Refused("two lists of one name")
    assert isinstance(document, dict)
    return document
