"""The Statistik series: one snapshot a validation, and what the original page saves.

Reads ``Statistik_<step>.json`` of both schemas, page downloads (``vsr_training_data_*.json``) and
exported logs (``vsr_training_log_*.json``), told apart by content. The step is the number in the
file's name; only a file without one is placed by what it says inside.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import pairwise
from operator import itemgetter
from typing import Any, Final, NamedTuple

from statkit.errors import MalformedFileError, SourceError
from statkit.layout import parse_page_download, parse_statistik
from statkit.records import Columns, concatenate
from statkit.sources.base import Document, File, Group, head_text, read_known, root_keys
from statkit.sources.builder import ColumnsBuilder
from statkit.sources.faults import Patience, load_object, skipped
from statkit.sources.projection import ABSENT, Roots, projector
from statkit.sources.values import as_integer, as_seconds

#: One of these keys at depth 1 makes a document a snapshot.
_MARKS: Final = ("step_current", "quality_ki_value", "total_loss_value", "quality_ki", "ki_quality", "losses")
_STEP: Final = ("step_current", "step", "global_step")
_EPOCH: Final = ("epoch_num", "epoch")
_TIME: Final = ("last_update_time", "timestamp")

#: One of these keys at depth 1 makes a file a snapshot whatever its name; the others occur elsewhere too.
_SURE: Final = frozenset(_MARKS[:2])
_NEVER: Final = frozenset({"batch_metrics", "summary"})
_LOOKED_AT: Final = (*_MARKS, *_STEP, *_EPOCH, *_TIME, "batch_metrics", "non_finite")
_OWN_OUTPUT: Final = b'"statkit.'
_LAST_STEP: Final = 2**63 - 1


class StatistikSource:
    """Snapshots of a validation series."""

    name = "statistik"
    series = "validation"

    def claims(self, group: Group, head: bytes) -> bool:
        """Claim by the name unless it holds batches; without a name of ours, by a key at depth 1.

        What a command of ours has written (``"schema": "statkit.…"``) is no snapshot.
        """
        text = head_text(head)
        name = group.files[0].name.rpartition("/")[2] if group.files else ""
        if parse_statistik(name) or parse_page_download(name):
            return b'"batch_metrics"' not in text or "batch_metrics" not in root_keys(text)
        if not text.startswith(b"{") or not any(b'"%s"' % mark.encode() in text for mark in _SURE):
            return False
        keys = root_keys(text)
        own = keys.get("schema", b"").startswith(_OWN_OUTPUT)
        return not own and not _SURE.isdisjoint(keys) and _NEVER.isdisjoint(keys)

    def read(self, group: Group, fields: Sequence[str] | None = None) -> Columns:
        """Read the snapshots, one row a file, in step order; bad files are skipped and noted."""
        if fields is None:
            return self._read_whole(group, None)
        quick, others = self._read_quickly(group, fields)
        if not others:
            return quick
        slow = self._read_whole(replace(group, files=others), fields)
        return self.joined([quick, slow])

    def joined(self, parts: Sequence[Columns]) -> Columns:
        """Put rows that were read apart into the order in which one reading gives them."""
        whole = concatenate([part for part in parts if len(part)] or list(parts[:1]))
        whole.notices = [notice for part in parts for notice in part.notices]
        filled = [part.provenance["file"] for part in parts if len(part)]
        if all(_order(one[-1]) < _order(other[0]) for one, other in pairwise(filled)):
            return whole
        names = whole.provenance["file"]
        rows = sorted(range(len(whole)), key=lambda row: _order(names[row]))
        return whole if rows == list(range(len(whole))) else whole.take(rows)

    def _read_whole(self, group: Group, fields: Sequence[str] | None) -> Columns:
        builder = ColumnsBuilder(self.name, fields)
        for document in self._objects(group, builder):
            content = document.content
            builder.add(_keys(document.file, content), content, document.file)
        return builder.build(self.series)

    def _read_quickly(self, group: Group, fields: Sequence[str]) -> tuple[Columns, list[File]]:
        """Read what strict JSON and plain names answer; give back the files that need a closer look."""
        others: list[File] = []
        plain: list[_Named] = []
        for file in group.files:
            name = parse_statistik(file.name.rpartition("/")[2])
            if name is None or name.step > _LAST_STEP:
                others.append(file)
            else:
                plain.append(_Named(name.step, file.name, name.label, file))
        plain.sort(key=itemgetter(0, 1))
        return self._projected(plain, Roots(fields, _LOOKED_AT), others)

    def _projected(
        self, plain: Sequence[_Named], roots: Roots, others: list[File]
    ) -> tuple[Columns, list[File]]:
        project = projector(roots.names, sum(each.file.size for each in plain))
        rows: list[tuple[Any, ...]] = []
        read: list[_Named] = []
        for each in plain:
            try:
                rows.append(project(read_known(each.file)))
            except (OSError, ValueError, RecursionError):
                others.append(each.file)
                continue
            read.append(each)
        table = roots.table(rows)
        odd = _odd(table, len(rows)) | roots.ambiguous(table)
        if odd:
            others += [read[row].file for row in sorted(odd)]
            read = [each for row, each in enumerate(read) if row not in odd]
            table = roots.table([values for row, values in enumerate(rows) if row not in odd])
        count = len(read)
        keys: dict[str, list[Any]] = {
            "series": [self.series] * count,
            "step": [each.step for each in read],
            **_optional("epoch", _epochs(table)),
            **_optional("label", [each.label for each in read]),
            **_optional("time", _times(table)),
        }
        files = [each.file.name for each in read]
        provenance: dict[str, list[Any]] = {"format": [self.name] * count, "file": files, "row": [0] * count}
        return Columns(keys, roots.columns(table), provenance, [], count), others

    def documents(self, group: Group, files: Iterable[str] | None = None) -> Iterator[Document]:
        """Yield each snapshot as its file holds it, in step order."""
        return self._objects(group, None, files)

    def _objects(
        self, group: Group, builder: ColumnsBuilder | None, files: Iterable[str] | None = None
    ) -> Iterator[Document]:
        only = None if files is None else frozenset(files)
        patience = Patience()
        for file in sorted(group.files, key=lambda file: _order(file.name)):
            if only is not None and file.name not in only:
                continue
            try:
                _check_step(file)
                content = load_object(file, patience)
                _check(file.name, content)
            except SourceError as error:
                notice = skipped(error, group.explicit)
                if builder is not None:
                    builder.notices.append(notice)
                continue
            if builder is not None:
                builder.file_count += 1
            yield Document(file.name, 0, content)


class _Named(NamedTuple):
    """A snapshot whose name says its step."""

    step: int
    name: str
    label: str | None
    file: File


def _odd(table: dict[str, Sequence[Any]], count: int) -> set[int]:
    """Find the rows that only a look at the whole document settles.

    Those that restore numbers which are not finite, hold batches, or bear none of the marks.
    """
    odd: set[int] = set()
    if table["non_finite"].count(ABSENT) < count:
        odd |= {row for row, value in enumerate(table["non_finite"]) if value is not ABSENT}
    if table["batch_metrics"].count(ABSENT) < count:
        odd |= {row for row, value in enumerate(table["batch_metrics"]) if value is not ABSENT}
    if any(not table[mark].count(ABSENT) for mark in _MARKS):
        return odd
    marks = zip(*(table[mark] for mark in _MARKS), strict=True)
    return odd | {row for row, values in enumerate(marks) if all(value is ABSENT for value in values)}


def _epochs(table: dict[str, Sequence[Any]]) -> list[int | None]:
    usual = table[_EPOCH[0]]
    if set(map(type, usual)) == {int}:
        return list(usual)
    return _firsts(table, _EPOCH, as_integer)


def _times(table: dict[str, Sequence[Any]]) -> list[float | None]:
    return _firsts(table, _TIME, as_seconds)


def _firsts(table: dict[str, Sequence[Any]], names: Sequence[str], take: Any) -> list[Any]:
    columns = [table[name] for name in names]
    return [
        next((taken for value in values if (taken := take(value)) is not None), None)
        for values in zip(*columns, strict=True)
    ]


def _optional(name: str, column: list[Any]) -> dict[str, list[Any]]:
    """A key column, where any row has it."""
    return {} if column.count(None) == len(column) else {name: column}


def _order(name: str) -> tuple[int, str]:
    named = parse_statistik(name.rpartition("/")[2])
    return (named.step if named else -1, name)


def _check_step(file: File) -> None:
    if _order(file.name)[0] > _LAST_STEP:
        raise MalformedFileError("the step in its name does not fit into 64 bits", file.name)


def _check(name: str, content: dict[str, Any]) -> None:
    if isinstance(content.get("batch_metrics"), list):
        raise MalformedFileError("holds batch metrics, not a snapshot", name)
    known = any(mark in content for mark in _MARKS) or _first(content, _STEP, as_integer) is not None
    if not known and not (content and parse_statistik(name.rpartition("/")[2])):
        keys = ", ".join(list(content)[:4]) or "nothing"
        raise MalformedFileError(f"is no snapshot: it holds {keys}", name)


def _keys(name: str, content: dict[str, Any]) -> dict[str, Any]:
    base = name.rpartition("/")[2]
    named = parse_statistik(base)
    page = None if named else parse_page_download(base)
    step = named.step if named else _first(content, _STEP, as_integer)
    label = named.label if named else ({"data": "download", "log": "log"}[page.kind] if page else None)
    keys: dict[str, Any] = {"step": step}
    found = (
        ("epoch", _first(content, _EPOCH, as_integer)),
        ("label", label),
        ("time", _first(content, _TIME, as_seconds)),
    )
    return keys | {key: value for key, value in found if value is not None}


def _first(content: dict[str, Any], names: Iterable[str], take: Any) -> Any:
    return next((value for name in names if (value := take(content.get(name))) is not None), None)
