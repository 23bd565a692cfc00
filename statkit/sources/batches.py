"""The batch metrics series: one record a batch, in files that mostly repeat each other.

Reads ``{batch_metrics, summary, metadata}`` in any file of that content, and the append-only
``batch_metrics.jsonl``. Files are ranked by content, never by name: one whose records are a prefix
of another's is dropped, disjoint ones are joined, a record equal in every field counts once. A
file that holds only a summary becomes a row of the ``epoch`` series. Summaries beside records are
ignored: they mix phases.

What reads is imported when something is read: every command asks who claims a file.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, Final

from statkit.errors import SourceError
from statkit.layout import is_batch_metrics
from statkit.records import Columns
from statkit.sources.base import Document, File, Group, head_text, root_keys
from statkit.sources.faults import skipped
from statkit.sources.lines import is_batch_lines, is_lines

if TYPE_CHECKING:
    from statkit.sources.logged import Logged
    from statkit.sources.streaming import Stream

#: Files that are larger together are streamed (bytes): smaller ones do not repay the parser's import.
LARGE: Final = 8 << 20


class BatchSource:
    """Per-batch records."""

    name = "batch-metrics"
    series = "batch"

    def __init__(self) -> None:
        self._streams: dict[str, Stream] = {}

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
        return self._read(group, fields, None, streamed=_size(group) >= LARGE)[0]

    def read_on(
        self, group: Group, fields: Sequence[str] | None, before: Any = None
    ) -> tuple[Columns, Logged | tuple[File, ...]]:
        """Read as `read` does; of a log that only grew, what is new.

        Parameters
        ----------
        group : Group
            The files as they are now.
        fields : sequence of str or None
            The fields wanted; None for all.
        before : object
            What an earlier call gave beside the columns: of small files which they were, so that they are
            followed once a log among them has changed.
        """
        earlier = before if isinstance(before, tuple) else ()
        followed = before is not None and not isinstance(before, tuple)
        grown = bool(earlier) and any(is_lines(file.name) and file not in earlier for file in group.files)
        columns, logged = self._read(
            group, fields, before if followed else None, streamed=followed or grown or _size(group) >= LARGE
        )
        return columns, logged or tuple(group.files)

    def _read(
        self, group: Group, fields: Sequence[str] | None, before: Logged | None, *, streamed: bool
    ) -> tuple[Columns, Logged | None]:
        for file in group.files:
            self._streams.pop(file.path, None)
        if streamed:
            from statkit.sources.streamed import read_streamed
            from statkit.sources.windows import Refused

            try:
                made = read_streamed(group, fields, LARGE, before)
            except Refused:
                pass
            except SourceError as error:
                return self._without(group, fields, error), None
            else:
                self._streams[made.file] = made.stream
                return made.columns, made.logged
        from statkit.sources.whole import read_whole

        return read_whole(group, fields), None

    def _without(self, group: Group, fields: Sequence[str] | None, error: SourceError) -> Columns:
        """Leave out a huge file that is damaged."""
        notice = skipped(error, group.explicit)
        rest = self.read(group.only(file.name for file in group.files if file.name != error.path), fields)
        rest.notices.insert(0, notice)
        return rest

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
        from statkit.sources.streamed import record_of

        return record_of(stream, file, row)

    def documents(self, group: Group, files: Iterable[str] | None = None) -> Iterator[Document]:
        """Yield each record of each file as it stands there; of a huge file one stretch is held at a time."""
        from statkit.sources.streamed import documents_of

        for file in group.files if files is None else group.only(files).files:
            yield from documents_of(file, self._stream(file))

    def _stream(self, file: File) -> Stream | None:
        if file.path not in self._streams and file.size >= LARGE:
            from statkit.sources.streamed import stream_of

            stream = stream_of(file)
            if stream is not None:
                self._streams[file.path] = stream
        return self._streams.get(file.path)


def _size(group: Group) -> int:
    return sum(file.size for file in group.files)


def _is_ours(group: Group) -> bool:
    return bool(group.files) and is_batch_metrics(group.files[0].name.rpartition("/")[2])
