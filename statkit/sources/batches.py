"""The batch metrics series: one record a batch, in files that mostly repeat each other.

Reads ``{batch_metrics, summary, metadata}`` in any file of that content, and the append-only
``batch_metrics.jsonl``. Files are ranked by content, never by name: one whose records are a prefix
of another's is dropped, disjoint ones are joined, a record equal in every field counts once. A
file that holds only a summary becomes a row of the ``epoch`` series. Summaries beside records are
ignored: they mix phases.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from statkit.errors import MalformedFileError, SourceError
from statkit.layout import parse_epoch_metrics
from statkit.records import Columns, Notice, concatenate
from statkit.schema import split_summary_key
from statkit.sources.base import Document, File, Group, head_text
from statkit.sources.builder import ColumnsBuilder
from statkit.sources.faults import load_object, skipped
from statkit.sources.lines import is_lines, load_lines
from statkit.sources.values import as_integer, as_number, as_seconds

Rows = list[dict[str, Any]]


@dataclass(slots=True)
class _Listing:
    """One file's records, or the summary of one that has none."""

    file: File
    rows: Rows
    summary: dict[str, Any] | None = None
    lines_lost: str = ""


class BatchSource:
    """Per-batch records."""

    name = "batch-metrics"
    series = "batch"

    def claims(self, group: Group, head: bytes) -> bool:
        """Claim files whose text names ``batch_metrics``, and line files of batch records."""
        text = head_text(head)
        if group.files and is_lines(group.files[0].name):
            first = text.split(b"\n", 1)[0]
            return b'"batch_idx"' in first and b'"phase"' in first
        if not text.startswith(b"{"):
            return _is_ours(group)
        return b'"batch_metrics"' in text or (b'"summary"' in text and b'"metadata"' in text)

    def read(self, group: Group, fields: Sequence[str] | None = None) -> Columns:
        """Read the newest superset of all files; notices name what was skipped or superseded."""
        notices: list[Notice] = []
        listings = self._listings(group, notices)
        builder = ColumnsBuilder(self.name, fields)
        for listing in _distinct(listings, notices):
            for row, record in enumerate(listing.rows):
                builder.add(_keys(record), record, listing.file.name, row)
        builder.file_count = len(listings)
        builder.notices = notices
        batch = _without_repeats(builder.build(self.series), listings)
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
    ) -> list[_Listing]:
        listings = []
        for file in group.files:
            if only is not None and file.name not in only:
                continue
            try:
                listing = _load(file)
            except SourceError as error:
                notices.append(skipped(error, group.explicit))
                continue
            if listing.lines_lost:
                notices.append(Notice("skipped-file", file.name, listing.lines_lost))
            listings.append(listing)
        return listings


def _is_ours(group: Group) -> bool:
    from statkit.layout import is_batch_metrics

    return bool(group.files) and is_batch_metrics(group.files[0].name.rpartition("/")[2])


def _load(file: File) -> _Listing:
    if is_lines(file.name):
        rows, lost = load_lines(file)
        return _Listing(file, rows, lines_lost=lost)
    document = load_object(file)
    rows = document.get("batch_metrics")
    summary = document.get("summary")
    summary = summary if isinstance(summary, dict) else None
    if rows is None and summary is not None:
        return _Listing(file, [], summary)
    if not isinstance(rows, list):
        raise MalformedFileError("has no list called batch_metrics", file.name)
    good = [row for row in rows if isinstance(row, dict)]
    lost = f"{len(rows) - len(good)} of {len(rows)} records are no objects" if len(good) < len(rows) else ""
    return _Listing(file, good, None if good else summary, lost)


def _distinct(listings: Sequence[_Listing], notices: list[Notice]) -> list[_Listing]:
    """Drop each listing whose records are a prefix of another's; the rest in order of first record."""
    kept: list[_Listing] = []
    for listing in sorted((item for item in listings if item.rows), key=lambda item: -len(item.rows)):
        cover = next((k for k in kept if _is_prefix(listing.rows, k.rows)), None)
        if cover is None:
            kept.append(listing)
        else:
            text = f"its {len(listing.rows):,} records open {cover.file.name}; dropped"
            notices.append(Notice("superseded-file", listing.file.name, text))
    return sorted(kept, key=_opening)


def _is_prefix(short: Rows, long: Rows) -> bool:
    return len(short) <= len(long) and _identity(short[-1]) == _identity(long[len(short) - 1]) and all(
        map(_same, short, long)
    )


def _same(one: dict[str, Any], other: dict[str, Any]) -> bool:
    return one == other or _digest(one) == _digest(other)  # NaN is not equal to itself


def _opening(listing: _Listing) -> tuple[float, str]:
    seconds = as_seconds(listing.rows[0].get("timestamp"))
    return (seconds if seconds is not None else float("inf"), listing.file.name)


def _identity(record: dict[str, Any]) -> tuple[Any, ...]:
    return tuple(
        repr(record.get(name)) for name in ("phase", "batch_idx", "epoch", "global_step", "timestamp", "loss")
    )


def _digest(record: dict[str, Any]) -> str:
    return repr(sorted(record.items(), key=lambda item: item[0]))


def _without_repeats(columns: Columns, listings: Sequence[_Listing]) -> Columns:
    """Keep the first of records equal in every field, then put rows in order of time if all have it."""
    records = {listing.file.name: listing.rows for listing in listings}
    places = list(zip(columns.provenance["file"], columns.provenance["row"], strict=True))
    seen: dict[tuple[Any, ...], list[dict[str, Any]]] = {}
    keep: list[int] = []
    for index, (file, row) in enumerate(places):
        record = records[file][row]
        twins = seen.setdefault(_identity(record), [])
        if any(_same(record, twin) for twin in twins):
            continue
        twins.append(record)
        keep.append(index)
    repeats = len(columns) - len(keep)
    several = len(set(columns.provenance["file"])) > 1
    in_order = list(keep)
    times = columns.keys.get("time")
    if times is not None and None not in times:
        in_order.sort(key=times.__getitem__)
    if repeats and not several:  # across files it is how they are written
        text = f"{repeats:,} records equal another in every field; counted once"
        columns.notices.append(Notice("duplicate-step", places[0][0], text))
    return columns.take(in_order) if repeats or in_order != keep else columns


def _keys(record: dict[str, Any]) -> dict[str, Any]:
    keys: dict[str, Any] = {"batch_index": as_integer(record.get("batch_idx"))}
    phase = record.get("phase")
    if isinstance(phase, str):
        keys["phase"] = phase
    for key, value in (
        ("step", as_integer(record.get("global_step"))),
        ("epoch", as_integer(record.get("epoch"))),
        ("time", as_seconds(record.get("timestamp"))),
    ):
        if value is not None:
            keys[key] = value
    return keys


def _epochs(summaries: Sequence[_Listing], fields: Sequence[str] | None) -> Columns:
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
        builder.add({"step": as_integer(summary.get("total_batches")), "epoch": epoch}, row, listing.file.name)
    builder.file_count = len(summaries)
    return builder.build("epoch")

