"""Batch files piece by piece: of files that repeat each other only one is parsed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

from statkit.errors import SourceError
from statkit.records import Columns, Notice
from statkit.sources.base import Document, File, Group
from statkit.sources.batch_keys import keys_of
from statkit.sources.builder import ColumnsBuilder
from statkit.sources.cumulative import Cumulated, cumulated
from statkit.sources.gathering import Gathering
from statkit.sources.lines import is_lines
from statkit.sources.lists import ListPlace, find_list, is_empty
from statkit.sources.logged import Logged, read_logged
from statkit.sources.overlaps import in_time, repeated, suspects
from statkit.sources.streaming import Stream, stream
from statkit.sources.whole import FORMAT, SERIES, listings, with_epochs
from statkit.sources.windows import Refused


@dataclass(frozen=True, slots=True, kw_only=True)
class Streamed:
    """A group that was read piece by piece.

    Attributes
    ----------
    columns : Columns
        Its rows.
    file : str
        The path of the file they are from.
    stream : Stream
        Where single records are.
    logged : Logged or None
        What a later reading goes on from, where there is a log.
    """

    columns: Columns
    file: str
    stream: Stream
    logged: Logged | None


def read_streamed(
    group: Group, fields: Sequence[str] | None, large: int, before: Logged | None = None
) -> Streamed:
    """Parse the log, or else the largest file; the others have to repeat it, or have no records.

    Parameters
    ----------
    group : Group
        The files.
    fields : sequence of str or None
        The fields to keep; None keeps all.
    large : int
        A file of so many bytes is not parsed whole.
    before : Logged or None
        What an earlier reading of the same fields left.

    Raises
    ------
    Refused
        Where only parsing all files whole gives the answer.
    SourceError
        If the file that is parsed is damaged, or another that the caller named.
    """
    places = _places(group)
    logs = [file for file in group.files if is_lines(file.name)]
    small = [file for file in group.files if file.name not in places and file not in logs]
    if len(logs) > 1 or not (places or logs) or any(file.size >= large for file in small):
        raise Refused("not a list in a document")
    notices: list[Notice] = []
    others = listings(replace(group, files=small), notices)
    if any(listing.rows for listing in others):
        raise Refused("records outside the lists")
    found, logged = _read(group, logs, list(places.values()), fields, before)
    lost = {notice.path: notice for notice in notices} | found.lost
    found.choose([file.name for file in group.files if file in logs or file.name in places])
    found.columns.notices = [lost[file.name] for file in group.files if file.name in lost]
    found.columns.notices += found.superseded
    found.columns.files = found.files + len(others)
    again = repeated((row, record) for row, record in found.stream.records(suspects(found.columns)))
    kept = found.columns.provenance["file"][0]
    return Streamed(
        columns=with_epochs(in_time(found.columns, again), others, fields),
        file=next(file.path for file in group.files if file.name == kept),
        stream=found.stream,
        logged=logged,
    )


def _places(group: Group) -> Mapping[str, ListPlace]:
    """Find the lists that hold something."""
    found = {file.name: find_list(file) for file in group.files if not is_lines(file.name)}
    return {name: place for name, place in found.items() if place is not None and not is_empty(place)}


def _read(
    group: Group,
    logs: Sequence[File],
    places: Sequence[ListPlace],
    fields: Sequence[str] | None,
    before: Logged | None,
) -> tuple[Cumulated, Logged | None]:
    if not logs:
        return cumulated(places, FORMAT, SERIES, fields, group.explicit), None
    return read_logged(logs[0], places, FORMAT, SERIES, fields, explicit=group.explicit, before=before)


def stream_of(file: File) -> Stream | None:
    """Find out where the records of a huge file are; None where it has to be read whole."""
    with suppress(Refused, SourceError):
        if is_lines(file.name):
            return read_logged(file, [], FORMAT, SERIES, (), explicit=False)[0].stream
        if (place := find_list(file)) is not None:
            return stream(place, Gathering(FORMAT, ()))
    return None


def documents_of(file: File, stream: Stream | None) -> Iterator[Document]:
    """Yield each record as it stands in its file; of a stream one stretch is held at a time."""
    if stream is not None:
        yield from (Document(file.name, row, record) for row, record in stream.records())
        return
    for listing in listings(Group("", "", [file]), []):
        yield from (Document(file.name, row, record) for row, record in enumerate(listing.rows))


def record_of(stream: Stream, file: str, row: int) -> Columns:
    """Read one record with all its fields."""
    builder = ColumnsBuilder(FORMAT)
    for _, record in stream.records([row]):
        builder.add(keys_of(record), record, file, row)
    return builder.build(SERIES)
