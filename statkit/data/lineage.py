"""Segments between rewinds: which rows a resumed training replaced.

A run that is resumed writes some steps again. Rows in writing order fall into segments; a segment
ends where the position falls. ``last`` keeps the newest segment and what it grew from, ``first``
the rows before the first rewind, ``all`` every row.
"""

from __future__ import annotations

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
    last: dict[Any, Position] = {}
    segment: list[int] = []
    current = 0
    for row, place in enumerate(positions):
        if place is not None:
            track, position = place
            if track in last and position <= last[track]:
                current += 1
                live = live[: _cut(live, positions, track, position)]
                last = _last_of(live, positions)
            last[track] = position
        live.append(row)
        segment.append(current)
    return _chosen(live, segment, on_rewind)


def _cut(live: list[int], positions: Sequence[Any], track: Any, position: Position) -> int:
    for index, row in enumerate(live):
        place = positions[row]
        if place is not None and place[0] == track and place[1] >= position:
            return index
    return len(live)


def _last_of(live: list[int], positions: Sequence[Any]) -> dict[Any, Position]:
    last = {}
    for row in live:
        if positions[row] is not None:
            track, position = positions[row]
            last[track] = position
    return last


def _chosen(live: list[int], segment: list[int], on_rewind: OnRewind) -> Lineage:
    if on_rewind == "last":
        keep = live
    elif on_rewind == "first":
        keep = [row for row, number in enumerate(segment) if number == 0]
    else:
        keep = list(range(len(segment)))
    kept = set(keep)
    return Lineage(keep, segment, [row for row in range(len(segment)) if row not in kept])
