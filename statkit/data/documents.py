"""Records as their files hold them, in the order of a history."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from statkit.records import Columns
from statkit.sources.base import Group, Source


def in_order(source: Source, group: Group, columns: Columns) -> Iterator[tuple[int, str, dict[str, Any]]]:
    """Yield documents in the order of the columns; a file is read once and let go after its last row."""
    if not len(columns):
        return
    names = columns.provenance["file"]
    known = {file.name: file for file in group.files}
    left = Counter(names)
    held: dict[str, dict[int, dict[str, Any]]] = {}
    for step, name, row in zip(columns.steps, names, columns.provenance["row"], strict=True):
        if name not in held:
            one = replace(group, files=[known[name]])
            held[name] = {document.row: document.content for document in source.documents(one)}
        document = held[name].get(row)
        left[name] -= 1
        if not left[name]:
            del held[name]
        if document is not None:
            yield step or 0, name, document
