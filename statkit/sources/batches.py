"""The batch metrics series: one record a batch, in files that mostly repeat each other.

Reads ``{batch_metrics, summary, metadata}`` in any file of that content, and the append-only
``batch_metrics.jsonl``. Files are ranked by content, never by name: one whose records are a prefix
of another's is dropped, disjoint ones are joined, a record equal in every field counts once. A
file that holds only a summary becomes a row of the ``epoch`` series. Summaries beside records are
ignored: they mix phases.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace

from statkit.errors import MalformedFileError, SourceError
from statkit.layout import is_batch_metrics, parse_epoch_metrics
from statkit.records import Columns, Notice, concatenate
from statkit.schema import split_summary_key
from statkit.sources import streaming
from statkit.sources.base import Document, File, Group, head_text, root_keys
from statkit.sources.batch_keys import keys_of
from statkit.sources.builder import ColumnsBuilder
from statkit.sources.cumulative import cumulated, logged
from statkit.sources.faults import Patience, load_object, skipped
from statkit.sources.gathering import Gathering
from statkit.sources.lines import is_batch_lines, is_lines, load_lines
from statkit.sources.lists import find_list
from statkit.sources.overlaps import Listing, distinct, in_time, repeated, suspects, without_repeats
from statkit.sources.values import as_integer, as_number
from statkit.sources.windows import Refused


class BatchSource:
    """Per-batch records."""

    name = "batch-metrics"
    series = "batch"

    def __init__(self) -> None:
        self._streams: dict[str, streaming.Stream] = {}

    def claims(self, group: Group, head: bytes) -> bool:
        """Claim files with ``batch_metrics`` at depth 1, summaries named as ours, lines of batch records."""
        text = head_text(head)
        if group.files and is_lines(group.files[0].name):
            return is_batch_lines(text)
        if not text.startswith(b"{"):
            return _is_ours(group)
        if b'"batch_metrics"' in text and "batch_metrics" in root_keys(text):
            return True
        return _is_ours(group) and b'"total_batches"' in text and "summary" in root_keys(text)

    def read(self, group: Group, fields: Sequence[str] | None = None) -> Columns:
        """Read the newest superset of all files; notices name what was skipped or superseded."""
        if sum(file.size for file in group.files) >= streaming.LARGE:
            try:
                return self._streamed(group, fields)
            except Refused:
                pass
            except SourceError as error:
                return self._without(group, fields, error)
        return self._whole(group, fields)

    def _without(self, group: Group, fields: Sequence[str] | None, error: SourceError) -> Columns:
        """Leave out a huge file that is damaged."""
        notice = skipped(error, group.explicit)
        rest = self.read(group.only(file.name for file in group.files if file.name != error.path), fields)
        rest.notices.insert(0, notice)
        return rest

    def _whole(self, group: Group, fields: Sequence[str] | None) -> Columns:
        """Parse every file at once."""
        notices: list[Notice] = []
        listings = self._listings(group, notices)
        builder = ColumnsBuilder(self.name, fields)
        for listing in distinct(listings, notices):
            for row, record in enumerate(listing.rows):
                builder.add(keys_of(record), record, listing.file.name, row)
        builder.file_count = len(listings)
        builder.notices = notices
        batch = without_repeats(builder.build(self.series), listings)
        return _with_epochs(batch, listings, fields)

    def _streamed(self, group: Group, fields: Sequence[str] | None) -> Columns:
        """Parse the largest file piece by piece; the others have to be beginnings of it, or have no records.

        Raises
        ------
        Refused
            Where only `_whole` gives the answer.
        """
        places = {file.name: place for file in group.files if (place := find_list(file)) is not None}
        logs = [file for file in group.files if is_lines(file.name) and not places][:1]
        small = [file for file in group.files if file.name not in places and file not in logs]
        if not (places or logs) or any(file.size >= streaming.LARGE for file in small):
            raise Refused("not a list in a document")
        notices: list[Notice] = []
        others = self._listings(replace(group, files=small), notices)
        if any(listing.rows for listing in others):
            raise Refused("records outside the lists")
        if logs:
            found = logged(logs[0], self.name, self.series, fields)
        else:
            found = cumulated(list(places.values()), self.name, self.series, fields, group.explicit)
        lost = {notice.path: notice for notice in notices} | found.lost
        found.columns.notices = [lost[file.name] for file in group.files if file.name in lost]
        found.columns.notices += found.superseded
        found.columns.files = found.files + len(others)
        again = repeated((row, record) for row, record in found.stream.records(suspects(found.columns)))
        kept = found.columns.provenance["file"][0]
        self._streams |= {file.path: found.stream for file in group.files if file.name == kept}
        return _with_epochs(in_time(found.columns, again), others, fields)

    def one(self, group: Group, file: str, row: int) -> Columns | None:
        """Read one record again with all its fields, where the file was streamed; None where it was not.

        Parameters
        ----------
        group : Group
            The files.
        file : str
            The name of one of them.
        row : int
            The record's place in its list.
        """
        stream = next((self._streams.get(each.path) for each in group.only([file]).files), None)
        if stream is None:
            return None
        builder = ColumnsBuilder(self.name)
        for _, record in stream.records([row]):
            builder.add(keys_of(record), record, file, row)
        return builder.build(self.series)

    def documents(self, group: Group, files: Iterable[str] | None = None) -> Iterator[Document]:
        """Yield each record of each file as it stands there; of a huge file one stretch is held at a time."""
        for file in group.files if files is None else group.only(files).files:
            stream = self._stream(file)
            if stream is not None:
                yield from (Document(file.name, row, record) for row, record in stream.records())
                continue
            for listing in self._listings(replace(group, files=[file]), []):
                yield from (Document(file.name, row, record) for row, record in enumerate(listing.rows))

    def _stream(self, file: File) -> streaming.Stream | None:
        """Find out where the records of a huge file are; None where it has to be read whole."""
        if file.path not in self._streams and file.size >= streaming.LARGE:
            with suppress(Refused, SourceError):
                if is_lines(file.name):
                    self._streams[file.path] = logged(file, self.name, self.series, ()).stream
                elif (place := find_list(file)) is not None:
                    self._streams[file.path] = streaming.stream(place, Gathering(self.name, ()))
        return self._streams.get(file.path)

    def _listings(self, group: Group, notices: list[Notice]) -> list[Listing]:
        listings = []
        patience = Patience()
        for file in group.files:
            try:
                listing = _load(file, patience)
            except SourceError as error:
                notices.append(skipped(error, group.explicit))
                continue
            if listing.lost:
                notices.append(Notice("skipped-file", file.name, listing.lost))
            listings.append(listing)
        return listings


def _is_ours(group: Group) -> bool:
    return bool(group.files) and is_batch_metrics(group.files[0].name.rpartition("/")[2])


def _load(file: File, patience: Patience) -> Listing:
    if is_lines(file.name):
        rows, lost = load_lines(file)
        return Listing(file, rows, lost=lost, repeats=True)
    document = load_object(file, patience)
    found = document.get("batch_metrics")
    summary = document.get("summary") if isinstance(document.get("summary"), dict) else None
    if found is None and summary is not None:
        return Listing(file, [], summary)
    if not isinstance(found, list):
        raise MalformedFileError("has no list called batch_metrics", file.name)
    rows = [row for row in found if isinstance(row, dict)]
    bad = len(found) - len(rows)
    lost = f"{bad:,} of {len(found):,} records are no objects" if bad else ""
    return Listing(file, rows, summary, lost, document.get("scope") == "epoch")


def _with_epochs(batch: Columns, listings: Sequence[Listing], fields: Sequence[str] | None) -> Columns:
    """Add the ``epoch`` series of the files that have a summary and no records."""
    summaries = [listing for listing in listings if not listing.rows and listing.summary]
    if not summaries:
        return batch
    epochs = _epochs(summaries, fields)
    return concatenate([batch, epochs]) if len(batch) else epochs


def _epochs(summaries: Sequence[Listing], fields: Sequence[str] | None) -> Columns:
    """Make the ``epoch`` series of files that kept only their summary."""
    builder = ColumnsBuilder(BatchSource.name, fields)
    for listing in summaries:
        epoch = parse_epoch_metrics(listing.file.name.rpartition("/")[2])
        summary = listing.summary or {}
        row = {
            key: value
            for key, value in summary.items()
            if split_summary_key(key) is not None and as_number(value) is not None
        }
        step = as_integer(summary.get("total_batches"))
        builder.add({"step": step, "epoch": epoch}, row, listing.file.name)
    builder.file_count = len(summaries)
    return builder.build("epoch")
