"""What happened in sessions, line by line, only ever appended: who opened what, and saw the attention when.

Whether a rater was blinded is read from here, so a line that cannot be written is an error.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from typing import Any, Final

from statkit import json_text, layout
from statkit.errors import MalformedFileError, SourceError
from statkit.pathology.sessions.faults import UnsavedError
from statkit.sources.base import read_bytes
from statkit.sources.faults import os_reason
from statkit.writers.append_log import AppendLog

OPENED: Final = "opened"
OVERLAY_SHOWN: Final = "overlay shown"
OVERLAY_HIDDEN: Final = "overlay hidden"
SAVED: Final = "saved"
SUBMITTED: Final = "submitted"
REOPENED: Final = "reopened"

#: Seconds that closing may wait for the storage.
_PATIENCE: Final = 2.0


class Journal:
    """``journal.jsonl`` beside the annotations; several processes may append.

    Parameters
    ----------
    directory : str
        Of the annotations; created at the first line.
    """

    def __init__(self, directory: str, system: Any = os) -> None:
        self.path = os.path.join(directory, layout.ANNOTATION_JOURNAL)
        self._failures: list[Exception] = []
        self._read = 0
        self._log = AppendLog(self.path, self._failures.append, system=system)

    def write(self, **fields: Any) -> None:
        """Append one line, durably.

        Raises
        ------
        UnsavedError
            It is not in the file.
        """
        self._failures.clear()
        try:
            written = self._log.append(json_text.dumps(fields).encode() + b"\n")
            if written:
                self._log.sync()
        except OSError as error:
            self._failures.append(error)
        if self._failures:
            raise UnsavedError(f"{self.path} cannot be written: {self._failures[-1]}.")

    def unread(self) -> Iterator[dict[str, Any]]:
        """Give the lines that were added, by whichever process, since this was asked last, oldest first.

        One that was cut is passed over.

        Raises
        ------
        MalformedFileError
            There is a journal, and it cannot be read: who was blinded is then not known.
        """
        data = self._data()
        start, self._read = self._read, data.rfind(b"\n") + 1
        return _entries(data[start : self._read])

    def close(self) -> None:
        """Let go of the file."""
        self._log.close(_PATIENCE)

    def _data(self) -> bytes:
        try:
            return read_bytes(self.path)
        except FileNotFoundError:
            return b""
        except OSError as error:
            raise MalformedFileError(f"{self.path} cannot be read: {os_reason(error)}.", self.path) from None


def _entries(data: bytes) -> Iterator[dict[str, Any]]:
    for line in data.splitlines():
        with suppress(SourceError):
            entry = json_text.loads(line)
            if isinstance(entry, dict):
                yield entry
