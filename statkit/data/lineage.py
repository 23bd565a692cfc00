"""Segments between rewinds: which rows a resumed training replaced.

A run that is resumed writes some steps again. Rows in writing order fall into segments; a segment
ends where the position falls. ``last`` keeps the newest segment and what it grew from, ``first``
the rows before the first rewind, ``all`` every row.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

OnRewind = Literal["last", "first", "all"]

Position = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Lineage:
    """What is left of rows written by several processes.

    Attributes
    ----------
    keep : list of int
        Rows to keep, in writing order.
    segment : list of int
        The segment of each row given, from 0.
    dropped : list of int
        Rows replaced, in writing order.
    """

    keep: list[int]
    segment: list[int]
    dropped: list[int] = field(default_factory=list)

    @property
    def segments(self) -> int:
        """How many segments there are."""
        return self.segment[-1] + 1 if self.segment else 0


def trace(positions: Sequence[tuple[Any, Position] | None], on_rewind: OnRewind) -> Lineage:
    """Follow rows in writing order and decide which survive.

    Parameters
    ----------
    positions : sequence
        For each row its track (a phase, say) and its position on it; None for a row without one. A
        position not above the last one of its track is a rewind: everything written since the first
        surviving row of that track at or beyond it is replaced.
    on_rewind : {"last", "first", "all"}
        What to keep.
    """
    live: list[int] = []
    tracks: dict[Any, tuple[list[Position], list[int]]] = {}  # of each, what is live: positions, indices
    segment: list[int] = []
    current = 0
    for row, place in enumerate(positions):
        if place is not None:
            track, position = place
            known, indices = tracks.setdefault(track, ([], []))
            if known and position <= known[-1]:
                current += 1
                _cut(live, tracks, indices[bisect_left(known, position)])
            known.append(position)
            indices.append(len(live))
        live.append(row)
        segment.append(current)
    return _chosen(live, segment, on_rewind)


def _cut(live: list[int], tracks: dict[Any, tuple[list[Position], list[int]]], length: int) -> None:
    """Drop everything from an index on."""
    del live[length:]
    for known, indices in tracks.values():
        kept = bisect_left(indices, length)
        del known[kept:], indices[kept:]


def _chosen(live: list[int], segment: list[int], on_rewind: OnRewind) -> Lineage:
    if on_rewind == "last":
        keep = live
    elif on_rewind == "first":
        keep = [row for row, number in enumerate(segment) if number == 0]
    else:
        keep = list(range(len(segment)))
    kept = set(keep)
    return Lineage(keep, segment, [row for row in range(len(segment)) if row not in kept])
