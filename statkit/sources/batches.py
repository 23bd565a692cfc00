"""The batch metrics series: one record a batch, in files that mostly repeat each other.

Reads ``{batch_metrics, summary, metadata}`` in any file of that content, and the append-only
``batch_metrics.jsonl``. Files are ranked by content, never by name: one whose records are a prefix
of another's is dropped, disjoint ones are joined, a record equal in every field counts once. A
file that holds only a summary becomes a row of the ``epoch`` series. Summaries beside records are
ignored: they mix phases.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from statkit.errors import MalformedFileError, SourceError
from statkit.layout import is_batch_metrics, parse_epoch_metrics
from statkit.records import Columns, Notice, concatenate
from statkit.schema import split_summary_key
from statkit.sources.base import Document, File, Group, head_text, root_keys
from statkit.sources.builder import ColumnsBuilder
from statkit.sources.faults import Patience, load_object, skipped
from statkit.sources.lines import is_batch_lines, is_lines, load_lines
from statkit.sources.overlaps import Listing, distinct, without_repeats
from statkit.sources.values import as_integer, as_number, as_seconds


class BatchSource:
    """Per-batch records."""

    name = "batch-metrics"
    series = "batch"

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
        notices: list[Notice] = []
        listings = self._listings(group, notices)
        builder = ColumnsBuilder(self.name, fields)
        for listing in distinct(listings, notices):
            for row, record in enumerate(listing.rows):
                builder.add(_keys(record), record, listing.file.name, row)
        builder.file_count = len(listings)
        builder.notices = notices
        batch = without_repeats(builder.build(self.series), listings)
        summaries = [listing for listing in listings if not listing.rows and listing.summary]
        if not summaries:
            return batch
        epochs = _epochs(summaries, fields)
        return concatenate([batch, epochs]) if len(batch) else epochs

    def documents(self, group: Group, files: Iterable[str] | None = None) -> Iterator[Document]:
        """Yield each record of each file as it stands there."""
        only = None if files is None else frozenset(files)
        for listing in self._listings(group, [], only):
            for row, record in enumerate(listing.rows):
                yield Document(listing.file.name, row, record)

    def _listings(
        self, group: Group, notices: list[Notice], only: frozenset[str] | None = None
    ) -> list[Listing]:
        listings = []
        patience = Patience()
        for file in group.files:
            if only is not None and file.name not in only:
                continue
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


def _keys(record: dict[str, Any]) -> dict[str, Any]:
    keys: dict[str, Any] = {"batch_index": as_integer(record.get("batch_idx"))}
    phase = record.get("phase")
    if isinstance(phase, str):
        keys["phase"] = phase
    found = (
        ("step", as_integer(record.get("global_step"))),
        ("epoch", as_integer(record.get("epoch"))),
        ("time", as_seconds(record.get("timestamp"))),
    )
    return keys | {key: value for key, value in found if value is not None}


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
