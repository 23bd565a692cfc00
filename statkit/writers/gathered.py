"""The records of the append-only log as one JSON document, streamed in constant memory."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import orjson

from statkit import json_text
from statkit.errors import SourceError
from statkit.writers.blocks import lines
from statkit.writers.plain import plain, to_bytes
from statkit.writers.summary import Summary

_CHUNK: Final = 1 << 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """Which records of the log belong to one epoch.

    Attributes
    ----------
    epoch : int
        Its number: a record whose ``epoch`` is this belongs.
    keyed_from : int
        Byte offset from which such records are looked for.
    since : int
        Byte offset from which records without the key ``epoch`` belong too.
    end : int
        Byte offset at which the epoch ends.
    """

    epoch: int
    keyed_from: int
    since: int
    end: int

    def may_hold(self, place: int, line: bytes) -> bool:
        """Tell cheaply whether a line is worth parsing."""
        return place >= self.since or b'"epoch":%d' % self.epoch in line

    def holds(self, place: int, record: Mapping[str, Any]) -> bool:
        """Tell whether a record belongs."""
        epoch = record.get("epoch")
        return place >= self.since if epoch is None else epoch == self.epoch


class Gathered:
    """One document out of the log: ``batch_metrics``, ``summary`` and ``metadata``.

    Parameters
    ----------
    path : str
        The log; one that is missing has no records.
    metadata : callable
        Takes the summary and gives the metadata.
    window : Window, optional
        The epoch; default the whole log.
    end : int, optional
        Byte offset at which to stop, without a window.
    system : object, default the module ``os``
        Where the calls go.

    Attributes
    ----------
    summary : Summary
        Of the records so far.
    skipped : int
        Lines that are no record: cut by a kill or a full disk.
    """

    def __init__(
        self,
        path: str,
        metadata: Callable[[Gathered], dict[str, Any]],
        *,
        window: Window | None = None,
        end: int | None = None,
        system: Any = os,
    ) -> None:
        self.summary = Summary()
        self.skipped = 0
        self._path = path
        self._metadata = metadata
        self._window = window
        self._end = window.end if window is not None else end
        self._system = system

    def chunks(self) -> Iterator[bytes]:
        """Yield the document as strict JSON in pieces of about 64 KiB."""
        head = b"{\n"
        if self._window is not None:
            head += b'"scope": "epoch",\n"epoch": %d,\n' % self._window.epoch
        piece = bytearray(head + b'"batch_metrics": [')
        separator = b"\n"
        for line in self._chosen():
            piece += separator
            piece += line
            separator = b",\n"
            if len(piece) >= _CHUNK:
                yield bytes(piece)
                piece.clear()
        piece += b'\n],\n"summary": ' + to_bytes(plain(self.summary.to_dict()), indent=True).rstrip()
        piece += b',\n"metadata": ' + to_bytes(plain(self._metadata(self)), indent=True) + b"}\n"
        yield bytes(piece)

    def _chosen(self) -> Iterator[bytes]:
        window = self._window
        start = window.keyed_from if window is not None else 0
        if not os.path.lexists(self._path):
            return
        for place, line in lines(self._path, self._system, start, self._end):
            if window is not None and not window.may_hold(place, line):
                continue
            record, text = _parsed(line)
            if record is None:
                self.skipped += 1
            elif window is None or window.holds(place, record):
                self.summary.add(record)
                yield text


def _parsed(line: bytes) -> tuple[dict[str, Any] | None, bytes]:
    """Parse one line; one that another program wrote with bare NaN becomes strict."""
    try:
        record = orjson.loads(line)
    except orjson.JSONDecodeError:
        try:
            record = json_text.loads(line)
            line = to_bytes(plain(record), indent=False).rstrip()
        except (SourceError, TypeError):
            return None, line
    return (record, line) if isinstance(record, dict) else (None, line)
