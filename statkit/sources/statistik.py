"""The Statistik series: one snapshot a validation, and what the original page saves.

Reads ``Statistik_<step>.json`` of both schemas, page downloads (``vsr_training_data_*.json``) and
exported logs (``vsr_training_log_*.json``), told apart by content. The step is the number in the
file's name; only a file without one is placed by what it says inside.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any, Final

from statkit.errors import MalformedFileError, SourceError
from statkit.layout import parse_page_download, parse_statistik, plain_steps
from statkit.records import Columns, concatenate
from statkit.sources.base import Document, File, Group, head_text, root_keys
from statkit.sources.builder import ColumnsBuilder
from statkit.sources.faults import Patience, load_object, skipped
from statkit.sources.projection import ABSENT, Roots, projected
from statkit.sources.values import FIRST_SECOND, LAST_SECOND, as_integer, as_seconds

#: One of these keys at depth 1 makes a document a snapshot.
_MARKS: Final = ("step_current", "quality_ki_value", "total_loss_value", "quality_ki", "ki_quality", "losses")
_STEP: Final = ("step_current", "step", "global_step")
_EPOCH: Final = ("epoch_num", "epoch")
_TIME: Final = ("last_update_time", "timestamp")

#: One of these keys at depth 1 makes a file a snapshot whatever its name; the others occur elsewhere too.
_SURE: Final = frozenset(_MARKS[:2])
_NEVER: Final = frozenset({"batch_metrics", "summary"})
_LOOKED_AT: Final = (*_MARKS[:2], *_EPOCH, *_TIME, "batch_metrics", "non_finite")
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
        named, labels, strange = _named(group.names)
        roots = Roots(fields, _LOOKED_AT)
        read, rows, refused = projected(group, [path for _, path in named], roots.names)
        table = roots.table(rows)
        odd = _odd(table, len(rows)) | roots.ambiguous(table)
        if odd:
            refused += [read[row] for row in odd]
            read = [path for row, path in enumerate(read) if row not in odd]
            table = roots.table([values for row, values in enumerate(rows) if row not in odd])
        others = group.only([*strange, *refused]).files if strange or refused else []
        return self._columns(read, named, labels, table, roots), list(others)

    def _columns(
        self,
        read: Sequence[str],
        named: Sequence[tuple[int, str]],
        labels: Mapping[str, str],
        table: dict[str, Sequence[Any]],
        roots: Roots,
    ) -> Columns:
        count = len(read)
        steps = [step for step, _ in named]
        if count < len(named):
            kept = frozenset(read)
            steps = [step for step, path in named if path in kept]
        keys: dict[str, Sequence[Any]] = {
            "series": [self.series] * count,
            "step": steps,
            **_optional("epoch", _epochs(table)),
            **_optional("label", [labels.get(path) for path in read] if labels else []),
            **_optional("time", _times(table)),
        }
        provenance: dict[str, Sequence[Any]] = {
            "format": [self.name] * count,
            "file": list(read),
            "row": [0] * count,
        }
        return Columns(keys, roots.columns(table), provenance, [], count)

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


def _named(paths: Sequence[str]) -> tuple[list[tuple[int, str]], dict[str, str], list[str]]:
    """Read steps and labels from names: steps with paths in order, labels by path, and other paths."""
    steps = plain_steps(paths)
    if steps is not None and max(steps, default=0) <= _LAST_STEP:
        return sorted(zip(steps, paths, strict=True)), {}, []
    named: list[tuple[int, str]] = []
    labels: dict[str, str] = {}
    strange: list[str] = []
    for path in paths:
        found = parse_statistik(path.rpartition("/")[2])
        if found is None or found.step > _LAST_STEP:
            strange.append(path)
            continue
        named.append((found.step, path))
        if found.label is not None:
            labels[path] = found.label
    return sorted(named), labels, strange


def _odd(table: dict[str, Sequence[Any]], count: int) -> set[int]:
    """Find the rows that only a look at the whole document settles.

    Those that restore numbers which are not finite, hold batches, or may hold nothing at all: their
    names say that they are snapshots, so anything else inside will do.
    """
    odd: set[int] = set()
    if table["non_finite"].count(ABSENT) < count:
        odd |= {row for row, value in enumerate(table["non_finite"]) if value is not ABSENT}
    if table["batch_metrics"].count(ABSENT) < count:
        odd |= {row for row, value in enumerate(table["batch_metrics"]) if value is not ABSENT}
    if any(not column.count(ABSENT) for column in table.values()):
        return odd
    rows = zip(*table.values(), strict=True)
    return odd | {row for row, values in enumerate(rows) if all(value is ABSENT for value in values)}


def _epochs(table: dict[str, Sequence[Any]]) -> list[int | None]:
    usual = table[_EPOCH[0]]
    if set(map(type, usual)) == {int}:
        return list(usual)
    return _firsts(table, _EPOCH, as_integer)


def _times(table: dict[str, Sequence[Any]]) -> list[float | None]:
    usual = table[_TIME[0]]
    if set(map(type, usual)) == {float} and min(usual) > FIRST_SECOND and max(usual) < LAST_SECOND:
        return list(usual)
    return _firsts(table, _TIME, as_seconds)


def _firsts(table: dict[str, Sequence[Any]], names: Sequence[str], take: Any) -> list[Any]:
    columns = [table[name] for name in names]
    return [
        next((taken for value in values if (taken := take(value)) is not None), None)
        for values in zip(*columns, strict=True)
    ]


def _optional(name: str, column: list[Any]) -> dict[str, Sequence[Any]]:
    """A key column, where any row has it."""
    return {name: column} if column.count(None) < len(column) else {}


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
