"""Rows of tables in file order: which of them a resumed training wrote again."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Final

from statkit.data.lineage import Lineage, OnRewind, Position, trace
from statkit.records import Columns, Notice

#: A table whose steps fall in a larger share of its rows is unsorted, not rewound.
_UNSORTED: Final = 0.25


def without_rewinds(columns: Columns, on_rewind: OnRewind) -> Columns:
    """Drop rows that were written again, each phase of each table for itself.

    A step that falls to one above the first is a rewind; one that falls to the first or below begins
    another table in the same file, and every row is kept. Equal steps that follow each other are
    rows of one step. An unsorted table keeps every row.

    Parameters
    ----------
    columns : Columns
        Rows in file order, each with a step.
    on_rewind : {"last", "first", "all"}
        Which rows to keep; ``all`` adds the key ``segment``.
    """
    files = columns.provenance["file"]
    rows_of: dict[str, list[int]] = {}
    for row, file in enumerate(files):
        rows_of.setdefault(file, []).append(row)
    dropped: set[int] = set()
    segments: list[int] = [0] * len(columns)
    notices: list[Notice] = []
    for file, rows in rows_of.items():
        tracks = _tracks(columns, rows)
        if sum(_falls(columns, track) for track in tracks) > _UNSORTED * len(rows):
            continue
        rewinds = stacked = lost = 0
        for track in tracks:
            positions, tables = _positions(columns, track)
            lineage = trace(positions, on_rewind)
            stacked += tables - 1
            rewinds += max(lineage.segments - 1, 0)
            lost += len(lineage.dropped)
            dropped.update(track[index] for index in lineage.dropped)
            _number(segments, track, lineage)
        notices += _noted(file, rewinds, stacked, lost)
    if not notices:
        return columns
    if on_rewind == "all" and any(segments):
        columns.keys["segment"] = segments
    kept = columns.take([row for row in range(len(columns)) if row not in dropped])
    kept.notices += notices
    return kept


def _tracks(columns: Columns, rows: Sequence[int]) -> list[list[int]]:
    phases, labels = columns.key("phase"), columns.key("label")
    tracks: dict[tuple[object, object], list[int]] = {}
    for row in rows:
        tracks.setdefault((phases[row], labels[row]), []).append(row)
    return list(tracks.values())


def _falls(columns: Columns, track: Sequence[int]) -> int:
    steps: Sequence[int] = columns.keys["step"]
    return sum(steps[after] < steps[before] for before, after in pairwise(track))


def _positions(columns: Columns, track: Sequence[int]) -> tuple[list[tuple[None, Position] | None], int]:
    """Place rows by table and step; a row of the step before it has no place of its own."""
    steps: Sequence[int] = columns.keys["step"]
    first = last = steps[track[0]]
    table = 0
    positions: list[tuple[None, Position] | None] = [(None, (table, first))]
    for row in track[1:]:
        step = steps[row]
        if step < last and step <= first:
            table, first = table + 1, step
        positions.append(None if step == last else (None, (table, step)))
        last = step
    return positions, table + 1


def _number(segments: list[int], track: Sequence[int], lineage: Lineage) -> None:
    for row, segment in zip(track, lineage.segment, strict=True):
        segments[row] = segment


def _noted(file: str, rewinds: int, stacked: int, lost: int) -> list[Notice]:
    found = []
    if rewinds:
        text = f"the step falls to one above the first: {rewinds} rewind{'s' if rewinds > 1 else ''}"
        if lost:
            text += f"; {lost:,} rows that were written again are left out"
        found.append(Notice("mixed-lineage", file, f"{text} (--on-rewind last|first|all)"))
    if stacked:
        times = "once" if stacked == 1 else f"{stacked:,} times"
        text = f"the step falls back to the first or below {times}: several tables in one; all rows are kept"
        found.append(Notice("duplicate-step", file, text))
    return found
