"""One huge list of batch records read in bounded memory, and single records of it later."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from statkit import json_text
from statkit.errors import MalformedFileError, SourceError
from statkit.sources.faults import os_reason
from statkit.sources.gathering import Gathering, Stretch
from statkit.sources.lines import objects_of
from statkit.sources.lists import ListPlace, around, open_file
from statkit.sources.progress import advance
from statkit.sources.windows import feed


@dataclass(frozen=True, slots=True)
class Stream:
    """A list that was read.

    Attributes
    ----------
    place : ListPlace
        Where it stands.
    end : int
        The byte offset of its closing bracket.
    rest : mapping
        The document around it, the list empty.
    stretches : list of Stretch
        Where which records are.
    lines : bool
        Whether it is no list, but a file of lines.
    """

    place: ListPlace
    end: int
    rest: Mapping[str, Any]
    stretches: Sequence[Stretch]
    lines: bool = False

    def records(self, rows: Iterable[int] | None = None) -> Iterator[tuple[int, dict[str, Any]]]:
        """Read records again, whole: all, or those of the given numbers.

        Parameters
        ----------
        rows : iterable of int or None
            Their numbers, rising.

        Yields
        ------
        tuple of int and dict
            The number and the record.

        Raises
        ------
        SourceError
            If the file is no longer what it was.
        """
        starts = [stretch.row for stretch in self.stretches]
        asked: dict[int, list[int] | None] = dict.fromkeys(range(len(starts)))
        if rows is not None:
            asked = {}
            for row in rows:
                asked.setdefault(bisect_right(starts, row) - 1, []).append(row)  # type: ignore[union-attr]
        with open_file(self.place.file) as opened:
            for number, chosen in asked.items():
                first = starts[number]
                place = self.stretches[number].place
                opened.seek(place.start)
                records = _records(opened.read(place.stop - place.start), self.lines)
                for row in chosen if chosen is not None else range(first, first + len(records)):
                    if row - first >= len(records):
                        raise MalformedFileError("has changed while it was read", self.place.file.name)
                    yield row, records[row - first]


def _records(text: bytes, lines: bool) -> list[dict[str, Any]]:
    if lines:
        return objects_of(text, 0, "")[0]
    return [element for element in json_text.loads(b"[" + text + b"]") if type(element) is dict]


def stream(
    place: ListPlace, gathering: Gathering, marks: Mapping[int, Sequence[list[int]]] | None = None
) -> Stream:
    """Read a list into columns.

    Parameters
    ----------
    place : ListPlace
        The list.
    gathering : Gathering
        Where the records go.
    marks : mapping of int to sequence of list
        Byte offsets where an object of the list has to end; to each of the lists is appended how many
        records and how many elements that are none stand before it.

    Raises
    ------
    TruncatedFileError, MalformedFileError
        With the file's name as path.
    Refused
        Where the file has to be read whole.
    """
    marks = marks or {}
    file = place.file

    def reach(mark: int) -> None:
        for counts in marks[mark]:
            counts += (gathering.count, gathering.odd)

    try:
        with open_file(file) as opened:
            end = feed(
                opened,
                place.start,
                gathering.take,
                marks=sorted(marks),
                at_mark=reach,
                advance=lambda done: advance(done, file.size, file.path),
            )
            rest = around(opened, place.start, end)
    except SourceError as error:
        raise type(error)(str(error), file.name) from None
    except OSError as error:
        raise MalformedFileError(f"cannot be read: {os_reason(error)}", file.name) from None
    advance(file.size, file.size, file.path)
    return Stream(place, end, rest, gathering.stretches)
