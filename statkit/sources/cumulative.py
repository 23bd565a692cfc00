"""Huge batch files of which each is the beginning of the next: only the longest is parsed.

Every other file is compared with it byte by byte, and what stands around its list is parsed, so that
the answer and the notices are those of reading every file whole.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from statkit.errors import SourceError
from statkit.records import Columns, Notice
from statkit.sources.faults import skipped
from statkit.sources.gathering import Gathering
from statkit.sources.lists import ListPlace, around, open_file
from statkit.sources.prefixes import Common, common_texts, end_in, end_of_object
from statkit.sources.streaming import Stream, stream
from statkit.sources.windows import Refused

#: A damaged file up to this size is read whole (bytes).
_WHOLE: Final = 1 << 28


@dataclass(slots=True)
class Cumulated:
    """What several files hold together.

    Attributes
    ----------
    columns : Columns
        The records of the longest, in list order, repeats included.
    stream : Stream
        How it was read.
    files : int
        How many files could be read.
    lost : dict of str to Notice
        By file: that it was skipped, or elements of its list.
    covered : list of tuple of str and int
        Those whose records all stand in the longest, and how many, where nobody expects that.
    """

    columns: Columns
    stream: Stream
    files: int = 0
    lost: dict[str, Notice] = field(default_factory=dict)
    covered: list[tuple[str, int]] = field(default_factory=list)

    def superseded(self) -> list[Notice]:
        """Name the files that hold nothing else, the longest of them first."""
        by = self.stream.place.file.name
        return [
            Notice("superseded-file", name, f"its {count:,} records all stand in {by}; dropped")
            for name, count in sorted(self.covered, key=lambda each: -each[1])
        ]


@dataclass(slots=True)
class _Shorter:
    """A list that may be the beginning of the longest, or the same.

    ``mark`` is where it would end in the longest, ``end`` its own closing bracket, ``counts`` what the
    longest holds before the mark: records, and elements that are none.
    """

    common: Common
    mark: int | None = None
    end: int = 0
    counts: list[int] = field(default_factory=list)


def cumulated(
    places: Sequence[ListPlace], format: str, series: str, fields: Sequence[str] | None, explicit: bool
) -> Cumulated:
    """Read the longest of several lists, and prove that it holds the others.

    Parameters
    ----------
    places : sequence of ListPlace
        The lists, in the order of the files' names.
    format, series : str
        The source's name, and that of the series.
    fields : sequence of str or None
        The fields to keep; None keeps all.
    explicit : bool
        Whether the caller named a file itself: then what cannot be read is an error.

    Raises
    ------
    Refused
        If one of the others is no beginning of the longest, or the longest has to be read whole.
    SourceError
        If the longest is damaged, or another that the caller named.
    """
    longest = max(places, key=lambda place: place.file.size)
    others = [place for place in places if place is not longest]
    try:
        common = common_texts(longest, others) if others else []
        shorter = [_placed(longest, each) for each in common]
        gathering, read = _read(longest, format, fields, shorter)
    except OSError as error:
        raise Refused(str(error)) from None
    if not gathering.count:
        raise Refused("the list holds no record")
    found = Cumulated(gathering.columns(series, longest.file.name), read)
    repeats = _count(found, longest, read.rest, gathering.count, gathering.odd)
    for each in shorter:
        _settle(found, each, gathering, explicit, repeats)
    return found


def _placed(longest: ListPlace, common: Common) -> _Shorter:
    """Find where a list would end in the longest, if it is the beginning of it."""
    length = end_of_object(longest, common.length)
    end = end_in(common.shorter, length) if length else None
    if end is None:
        return _Shorter(common)
    return _Shorter(common, longest.start + length, end)


def _read(
    longest: ListPlace, format: str, fields: Sequence[str] | None, shorter: Sequence[_Shorter]
) -> tuple[Gathering, Stream]:
    """Read the longest, cut where the others would end.

    Raises
    ------
    Refused
        If it is damaged and small enough to be read whole: that gives the exact message.
    """
    gathering = Gathering(format, fields)
    marks: dict[int, list[list[int]]] = {}
    for each in shorter:
        if each.mark is not None:
            marks.setdefault(each.mark, []).append(each.counts)
    try:
        return gathering, stream(longest, gathering, marks)
    except SourceError as error:
        if longest.file.size <= _WHOLE:
            raise Refused(str(error)) from None
        raise


def _settle(found: Cumulated, each: _Shorter, gathering: Gathering, explicit: bool, repeats: bool) -> None:
    """Account for a list that the longest holds.

    Raises
    ------
    Refused
        If it does not hold it.
    """
    place, longest = each.common.shorter, found.stream
    if each.mark is not None:
        count, odd = each.counts
    elif each.common.length > longest.end - longest.place.start:
        count, odd = gathering.count, gathering.odd
        each.end = place.start + longest.end - longest.place.start
    else:
        raise Refused("it is no beginning of the longest")
    if not count:
        raise Refused("the list holds no record")
    try:
        with open_file(place.file) as opened:
            rest = around(opened, place.start, each.end)
    except SourceError as error:
        found.lost[place.file.name] = skipped(type(error)(str(error), place.file.name), explicit)
        return
    if not (_count(found, place, rest, count, odd) or repeats):
        found.covered.append((place.file.name, count))


def _count(found: Cumulated, place: ListPlace, rest: Mapping[str, Any], count: int, odd: int) -> bool:
    """Note a file that was read; tell whether it is meant to hold what others hold."""
    found.files += 1
    if odd:
        text = f"{odd:,} of {count + odd:,} records are no objects"
        found.lost[place.file.name] = Notice("skipped-file", place.file.name, text)
    return bool(rest.get("scope") == "epoch")
