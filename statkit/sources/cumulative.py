"""Huge batch files of which each is the beginning of the next: only the longest is parsed.

Every other file is compared with it byte by byte, and what stands around its list is parsed, so that
the answer and the notices are those of reading every file whole.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from statkit.errors import MalformedFileError, SourceError
from statkit.records import Coded, Columns, Notice
from statkit.sources.faults import skipped
from statkit.sources.gathering import Gathering
from statkit.sources.lists import ListPlace, around, open_file
from statkit.sources.prefixes import Common, common_texts, end_in, end_of_object
from statkit.sources.streaming import Stream, stream
from statkit.sources.windows import Refused

#: A damaged file up to this size is read whole, for the exact message (bytes).
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
    lost : dict of str to Notice
        By file: that it was skipped, or elements of its list.
    held : dict of str to tuple of int and bool
        By file: how many records it holds, and whether it is meant to hold what others hold.
    superseded : list of Notice
        The files whose records all stand in another, the longest of them first, where nobody expects that.
    """

    columns: Columns
    stream: Stream
    lost: dict[str, Notice] = field(default_factory=dict)
    held: dict[str, tuple[int, bool]] = field(default_factory=dict)
    superseded: list[Notice] = field(default_factory=list)

    @property
    def files(self) -> int:
        """How many files could be read."""
        return len(self.held)

    def note(self, place: ListPlace, rest: Mapping[str, Any], count: int, odd: int) -> None:
        """Count a file that was read."""
        name = place.file.name
        self.held[name] = (count, rest.get("scope") == "epoch")
        if odd:
            text = f"{odd:,} of {count + odd:,} records are no objects"
            self.lost[name] = Notice("skipped-file", name, text)

    def account(self, place: ListPlace, end: int, count: int, odd: int, explicit: bool) -> None:
        """Account for a list that stands in the longest: what is around it has to be sound.

        Raises
        ------
        Refused
            If it is damaged and small enough to be read whole: that gives the exact message.
        SourceError
            If it is damaged and the caller named it.
        """
        file = place.file
        try:
            with open_file(file) as opened:
                rest = around(opened, place.start, end)
        except SourceError as error:
            if isinstance(error, MalformedFileError) and file.size <= _WHOLE:
                raise Refused(str(error)) from None
            self.lost[file.name] = skipped(type(error)(str(error), file.name), explicit)
        else:
            self.note(place, rest, count, odd)

    def choose(self, names: Sequence[str]) -> None:
        """Settle which file the records are from: of those that hold all, the first by name."""
        ranked = sorted((name for name in names if name in self.held), key=lambda name: -self.held[name][0])
        kept, *others = ranked
        self.columns.provenance["file"] = Coded.same(kept, len(self.columns))
        for name in others:
            count, repeats = self.held[name]
            if not (repeats or self.held[kept][1]):
                text = f"its {count:,} records all stand in {kept}; dropped"
                self.superseded.append(Notice("superseded-file", name, text))


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
    found.note(longest, read.rest, gathering.count, gathering.odd)
    for each in shorter:
        _settle(found, each, gathering, explicit)
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
    gathering = Gathering(format, fields, longest.file.size)
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


def _settle(found: Cumulated, each: _Shorter, gathering: Gathering, explicit: bool) -> None:
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
    found.account(place, each.end, count, odd, explicit)
