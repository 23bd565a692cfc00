"""A huge log, and the lists that were made of its lines: only the log is parsed."""

from __future__ import annotations

import time
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from statkit.records import Columns, Notice
from statkit.sources.base import File
from statkit.sources.cumulative import Cumulated
from statkit.sources.excerpts import Excerpt, Excerpts
from statkit.sources.gathering import Gathering
from statkit.sources.lines import lost_lines
from statkit.sources.lists import ListPlace
from statkit.sources.logs import LinesRead, Log, goes_on, read_lines, read_log
from statkit.sources.streaming import Stream
from statkit.sources.windows import Refused

#: A file that changed so short a time ago may change again unseen (nanoseconds).
RESTED_NS: Final = 2 * 10**9


@dataclass(frozen=True, slots=True, kw_only=True)
class Logged:
    """A log and its lists as they were read: what grew is read from there.

    Attributes
    ----------
    fields : frozenset of str or None
        Which fields; None is all.
    log : Log
        The log.
    proven : mapping of File to Excerpt
        The lists of which every element is one of its lines, and that will not change unseen.
    """

    fields: frozenset[str] | None
    log: Log
    proven: Mapping[File, Excerpt]


def read_logged(
    file: File,
    places: Sequence[ListPlace],
    format: str,
    series: str,
    fields: Sequence[str] | None,
    *,
    explicit: bool,
    before: Logged | None = None,
) -> tuple[Cumulated, Logged]:
    """Read a log, and prove that it holds the records of some lists.

    Parameters
    ----------
    file : File
        The log.
    places : sequence of ListPlace
        The lists.
    format, series : str
        The source's name, and that of the series.
    fields : sequence of str or None
        The fields to keep; None keeps all.
    explicit : bool
        Whether the caller named a file itself: then what cannot be read is an error.
    before : Logged or None
        What was read before with the same fields.

    Raises
    ------
    Refused
        If a list holds something else, or a file has to be read whole.
    TruncatedFileError, MalformedFileError
        If the log cannot be read, or no line of it is an object.
    """
    now = time.time_ns()
    logged = _further(before, file, places, format, series, fields) if before is not None else None
    if logged is None:
        logged = _anew(file, places, format, series, fields)
    log = logged.log
    lost = lost_lines(len(log.columns), log.read.bad, log.read.breaks + 1, file.name)
    if not len(log.columns):
        raise Refused("no line holds anything")
    columns = _given(log, fields)
    stream = Stream(ListPlace(file, 0), log.read.end, {}, log.stretches, lines=True)
    found = Cumulated(columns, stream, held={file.name: (len(columns), True)})
    if lost:
        found.lost[file.name] = Notice("skipped-file", file.name, lost)
    for place in places:
        excerpt = logged.proven[place.file]
        assert excerpt.end is not None
        found.account(place, excerpt.end, excerpt.count, 0, explicit)
    whole = log.read.rows == len(log.columns)  # a last line without newline may become another
    rested = {each: excerpt for each, excerpt in logged.proven.items() if whole and _has_rested(each, now)}
    return found, Logged(fields=logged.fields, log=log, proven=rested)


def _given(log: Log, fields: Sequence[str] | None) -> Columns:
    """Give the fields that are asked for, so that what is done to them leaves the log's columns alone."""
    columns = log.columns if fields is None else log.columns.select(dict.fromkeys(fields))
    return Columns(dict(columns.keys), dict(columns.fields), dict(columns.provenance))


def _has_rested(file: File, now: int) -> bool:
    return max(file.mtime_ns, file.ctime_ns) < now - RESTED_NS


def _anew(
    file: File, places: Sequence[ListPlace], format: str, series: str, fields: Sequence[str] | None
) -> Logged:
    excerpts = Excerpts(places)
    try:
        log = read_log(file, format, series, fields, watch=excerpts.watch if places else None)
        return Logged(fields=_kept(fields), log=log, proven=_proven(excerpts))
    except OSError as error:
        raise Refused(str(error)) from None
    finally:
        excerpts.close()


def _further(
    before: Logged,
    file: File,
    places: Sequence[ListPlace],
    format: str,
    series: str,
    fields: Sequence[str] | None,
) -> Logged | None:
    """Read what is new; None where the log did not just grow, or a new list stands elsewhere in it.

    Fields that were read before are read on, though they are not asked for: they may be next time.
    """
    known = before.fields
    covers = known is None or (fields is not None and known.issuperset(fields))
    if not covers or not goes_on(before.log, file):
        return None
    try:
        new = _found_again(before.log, file, [place for place in places if place.file not in before.proven])
    except (Refused, OSError):
        return None
    proven = {place.file: before.proven[place.file] for place in places if place.file in before.proven}
    log = read_log(file, format, series, None if known is None else sorted(known), before=before.log)
    return Logged(fields=known, log=log, proven=proven | new)


def _found_again(log: Log, file: File, places: Sequence[ListPlace]) -> dict[File, Excerpt]:
    """Look for lists in the part of the log where the time of their first record lies.

    Raises
    ------
    Refused
        If one is not there.
    """
    if not places:
        return {}
    excerpts = Excerpts(places)
    times = log.columns.keys.get("time") or [None] * len(log.columns)
    starts = [times[stretch.row] if stretch.row < len(times) else None for stretch in log.stretches]
    if None in starts or not starts:
        raise Refused("the records say no time")
    first = max(0, bisect_right(starts, min(each.rank[0] for each in excerpts.all)) - 1)
    try:
        read = LinesRead(end=log.stretches[first].place.start)
        read_lines(file, Gathering("", []), read, excerpts.watch)
        return _proven(excerpts)
    finally:
        excerpts.close()


def _proven(excerpts: Excerpts) -> dict[File, Excerpt]:
    if any(each.end is None for each in excerpts.all):
        raise Refused("a list holds what is no line of the log")
    return {each.place.file: each for each in excerpts.all}


def _kept(fields: Sequence[str] | None) -> frozenset[str] | None:
    return None if fields is None else frozenset(fields)
