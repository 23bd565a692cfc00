"""One bad file costs one file: reading with patience, and saying what was left out."""

from __future__ import annotations

import os
import time
from typing import Any

from statkit import json_text
from statkit.errors import MalformedFileError, SourceError, TruncatedFileError
from statkit.records import Notice
from statkit.sources.base import File, read_bytes

#: A file cut short is read again this often when it changed this recently (seconds).
RETRIES = 3
RETRY_WAIT = 0.03
RECENT = 2.0


def load_json(file: File) -> Any:
    """Parse one file; one that ends in the middle and was just written is tried again.

    Raises
    ------
    TruncatedFileError, MalformedFileError
        With the file's name as path; an OSError becomes a MalformedFileError that names the cause.
    """
    for attempt in range(RETRIES + 1):
        try:
            return json_text.loads(read_bytes(file.path), file.name)
        except TruncatedFileError:
            if attempt == RETRIES or not _just_written(file.path):
                raise
            time.sleep(RETRY_WAIT)
        except OSError as error:
            raise MalformedFileError(f"cannot be read: {os_reason(error)}", file.name) from None
    raise AssertionError("unreachable")


def load_object(file: File) -> dict[str, Any]:
    """Parse one file whose root must be an object.

    Raises
    ------
    TruncatedFileError, MalformedFileError
        As `load_json`, and when the root is something else.
    """
    document = load_json(file)
    if not isinstance(document, dict):
        raise MalformedFileError(f"holds {_kind(document)} where an object belongs", file.name)
    return document


def _just_written(path: str) -> bool:
    try:
        return abs(time.time() - os.stat(path).st_mtime) < RECENT
    except OSError:
        return False


def os_reason(error: OSError) -> str:
    """Say why the operating system refused, in its own words."""
    return error.strerror or type(error).__name__


def skipped(error: SourceError, explicit: bool) -> Notice:
    """Turn the failure of one file into a notice, or raise it when the caller named the file.

    Raises
    ------
    SourceError
        The same kind, with the path in front of the message.
    """
    if explicit:
        raise type(error)(f"{error.path}: {error}", error.path)
    return Notice("skipped-file", error.path, str(error))


def _kind(value: Any) -> str:
    names = {list: "a list", str: "a string", bool: "a truth value", type(None): "null"}
    return names.get(type(value), "a number")
