"""Records as their files hold them, in the order of a history."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import groupby, pairwise
from typing import Any

from statkit.records import Columns
from statkit.sources.base import Group, Source

Found = tuple[int, str, dict[str, Any]]


def in_order(source: Source, group: Group, columns: Columns) -> Iterator[Found]:
    """Yield documents in the order of the columns, each file read once.

    Where the order is that of the files, one document is held at a time; else a file's are held until
    its last row.
    """
    blocks = [(name, list(block)) for name, block in groupby(_places(columns), lambda place: place[1])]
    in_file_order = all(one[2] < other[2] for _, block in blocks for one, other in pairwise(block))
    if in_file_order and len({name for name, _ in blocks}) == len(blocks):
        for name, block in blocks:
            yield from _streamed(source, group.only([name]), block)
    else:
        yield from _held(source, group, columns)


def _places(columns: Columns) -> Iterator[tuple[int | None, str, int]]:
    if not len(columns):
        return iter(())
    return zip(columns.steps, columns.provenance["file"], columns.provenance["row"], strict=True)


def _streamed(source: Source, one: Group, block: list[tuple[int | None, str, int]]) -> Iterator[Found]:
    documents = iter(source.documents(one))
    for step, name, row in block:
        for document in documents:
            if document.row >= row:
                if document.row == row:
                    yield step or 0, name, document.content
                break


def _held(source: Source, group: Group, columns: Columns) -> Iterator[Found]:
    left = Counter(columns.provenance["file"])
    held: dict[str, dict[int, dict[str, Any]]] = {}
    for step, name, row in _places(columns):
        if name not in held:
            one = group.only([name])
            held[name] = {document.row: document.content for document in source.documents(one)}
        document = held[name].get(row)
        left[name] -= 1
        if not left[name]:
            del held[name]
        if document is not None:
            yield step or 0, name, document
