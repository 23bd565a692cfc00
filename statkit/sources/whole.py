"""Batch files parsed whole: the road that answers for every kind of file."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from statkit.errors import MalformedFileError, SourceError
from statkit.layout import parse_epoch_metrics
from statkit.records import Columns, Notice, concatenate
from statkit.schema import split_summary_key
from statkit.sources.base import File, Group
from statkit.sources.batch_keys import keys_of
from statkit.sources.builder import ColumnsBuilder
from statkit.sources.faults import Patience, load_object, skipped
from statkit.sources.lines import is_lines, load_lines
from statkit.sources.overlaps import Listing, distinct, without_repeats
from statkit.sources.values import as_integer, as_number

#: What the source of batch records is called, and the series it makes.
FORMAT: Final = "batch-metrics"
SERIES: Final = "batch"


def read_whole(group: Group, fields: Sequence[str] | None) -> Columns:
    """Parse every file at once.

    Raises
    ------
    SourceError
        If a file that the caller named cannot be read.
    """
    notices: list[Notice] = []
    found = listings(group, notices)
    builder = ColumnsBuilder(FORMAT, fields)
    for listing in distinct(found, notices):
        for row, record in enumerate(listing.rows):
            builder.add(keys_of(record), record, listing.file.name, row)
    builder.file_count = len(found)
    builder.notices = notices
    batch = without_repeats(builder.build(SERIES), found)
    return with_epochs(batch, found, fields)


def listings(group: Group, notices: list[Notice]) -> list[Listing]:
    """Parse files; what cannot be read becomes a notice.

    Raises
    ------
    SourceError
        If the caller named the file.
    """
    found = []
    patience = Patience()
    for file in group.files:
        try:
            listing = _load(file, patience)
        except SourceError as error:
            notices.append(skipped(error, group.explicit))
            continue
        if listing.lost:
            notices.append(Notice("skipped-file", file.name, listing.lost))
        found.append(listing)
    return found


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


def with_epochs(batch: Columns, listings: Sequence[Listing], fields: Sequence[str] | None) -> Columns:
    """Add the ``epoch`` series of the files that have a summary and no records."""
    summaries = [listing for listing in listings if not listing.rows and listing.summary]
    if not summaries:
        return batch
    epochs = _epochs(summaries, fields)
    return concatenate([batch, epochs]) if len(batch) else epochs


def _epochs(summaries: Sequence[Listing], fields: Sequence[str] | None) -> Columns:
    """Make the ``epoch`` series of files that kept only their summary."""
    builder = ColumnsBuilder(FORMAT, fields)
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
