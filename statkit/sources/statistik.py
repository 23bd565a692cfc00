"""The Statistik series: one snapshot a validation, and what the original page saves.

Reads ``Statistik_<step>.json`` of both schemas, page downloads (``vsr_training_data_*.json``) and
exported logs (``vsr_training_log_*.json``), told apart by content. The step is the number in the
file's name; only a file without one is placed by what it says inside.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

from statkit.errors import MalformedFileError, SourceError
from statkit.layout import parse_page_download, parse_statistik
from statkit.records import Columns
from statkit.sources.base import Document, File, Group, head_text, root_keys
from statkit.sources.builder import ColumnsBuilder
from statkit.sources.faults import Patience, load_object, skipped
from statkit.sources.values import as_integer, as_seconds

#: One of these keys at depth 1 makes a document a snapshot.
_MARKS: Final = ("step_current", "quality_ki_value", "total_loss_value", "quality_ki", "ki_quality", "losses")
_STEP: Final = ("step_current", "step", "global_step")
_EPOCH: Final = ("epoch_num", "epoch")
_TIME: Final = ("last_update_time", "timestamp")

#: One of these keys at depth 1 makes a file a snapshot whatever its name; the others occur elsewhere too.
_SURE: Final = frozenset(_MARKS[:2])
_NEVER: Final = frozenset({"batch_metrics", "summary"})
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
        builder = ColumnsBuilder(self.name, fields)
        for document in self._objects(group, builder):
            content = document.content
            builder.add(_keys(document.file, content), content, document.file)
        return builder.build(self.series)

    def documents(self, group: Group, files: Iterable[str] | None = None) -> Iterator[Document]:
        """Yield each snapshot as its file holds it, in step order."""
        return self._objects(group, None, files)

    def _objects(
        self, group: Group, builder: ColumnsBuilder | None, files: Iterable[str] | None = None
    ) -> Iterator[Document]:
        only = None if files is None else frozenset(files)
        patience = Patience()
        for file in sorted(group.files, key=_order):
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


def _order(file: File) -> tuple[int, str]:
    named = parse_statistik(file.name.rpartition("/")[2])
    return (named.step if named else -1, file.name)


def _check_step(file: File) -> None:
    if _order(file)[0] > _LAST_STEP:
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
