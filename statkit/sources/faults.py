"""One bad file costs one file: reading with patience, and saying what was left out."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from typing import Any

from statkit import json_text
from statkit.errors import MalformedFileError, SourceError, TruncatedFileError
from statkit.records import Notice
from statkit.sources.base import File, read_bytes

#: A file cut short is read again after so long, while it changed so recently (seconds).
RETRY_WAIT = 0.03
RECENT = 2.0


class Patience:
    """How long one reading waits for files that are being written, all of them together.

    Parameters
    ----------
    seconds : float
        The most it waits; then a file cut short is skipped at once.
    sleep, clock : callable
        Wait so many seconds; unix seconds.
    """

    def __init__(
        self,
        seconds: float = 0.3,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._left = seconds
        self._sleep = sleep
        self._clock = clock

    def wait(self, path: str) -> bool:
        """Wait a moment if this file was written just now and time is left; tell whether to look again."""
        if self._left <= 0:
            return False
        try:
            age = self._clock() - os.stat(path).st_mtime
        except OSError:
            return False
        if abs(age) >= RECENT:
            return False
        self._left -= RETRY_WAIT
        self._sleep(RETRY_WAIT)
        return True


def load_json(file: File, patience: Patience) -> Any:
    """Parse one file; one that ends in the middle and was just written is tried again.

    Raises
    ------
    TruncatedFileError, MalformedFileError
        With the file's name as path; an OSError becomes a MalformedFileError that names the cause.
    """
    while True:
        try:
            return json_text.loads(read_bytes(file.path), file.name)
        except TruncatedFileError:
            if not patience.wait(file.path):
                raise
        except OSError as error:
            raise MalformedFileError(f"cannot be read: {os_reason(error)}", file.name) from None


def load_object(file: File, patience: Patience) -> dict[str, Any]:
    """Parse one file whose root must be an object.

    Raises
    ------
    TruncatedFileError, MalformedFileError
        As `load_json`, and when the root is something else.
    """
    document = load_json(file, patience)
    if not isinstance(document, dict):
        raise MalformedFileError(f"holds {_kind(document)} where an object belongs", file.name)
    return document


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
