"""What is kept of one directory: its listing, who reads its files, and the columns read so far.

One file: a line that names the format, the header's length and checksum, the header (JSON), then the
segments. Every part carries a checksum: a byte that is wrong anywhere makes that part as good as absent.
"""

from __future__ import annotations

import contextlib
import os
import sys
from array import array
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from struct import Struct
from typing import Any, Final
from zlib import crc32

import orjson

from statkit.data.cache.kept import Kept, Packed, chosen
from statkit.data.cache.segments import Segment, decode
from statkit.records import Columns, Notice
from statkit.sources.base import Source
from statkit.sources.families import Family
from statkit.sources.known import Known
from statkit.sources.listing import NUMBERS

#: Raised whenever what is written here changes, or what a source of ours makes of the same bytes.
FORMAT: Final = 1

_MAGIC: Final = b"statkit cache\n"
_START: Final = Struct("<QI")
_FIRST: Final = 1 << 15
_BYTES_A_FILE: Final = 8 * NUMBERS


class DamagedError(ValueError):
    """The file is none of ours, of another version, or not as it was written."""


@contextlib.contextmanager
def _opened(path: str) -> Iterator[int]:
    descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))
    try:
        yield descriptor
    finally:
        os.close(descriptor)


class Entry:
    """One file of the cache: the header is read, columns are when they are asked for.

    The file may be replaced in between; the checksums of the segments tell.
    """

    def __init__(self, path: str, header: Mapping[str, Any], base: int) -> None:
        self._path = path
        self._header = header
        self._base = base

    @classmethod
    def load(cls, path: str, identity: Mapping[str, Any]) -> Entry:
        """Read the header of a file.

        Parameters
        ----------
        path : str
            The file.
        identity : mapping
            What the header must say, besides format and byte order, for this file to be the right one.

        Raises
        ------
        DamagedError
            If it is not, or is damaged.
        OSError
            If it cannot be read.
        """
        header, base = _header(path)
        if any(header.get(key) != value for key, value in _identity(identity).items()):
            raise DamagedError("of something else")
        return cls(path, header, base)

    def _segment(self, place: Sequence[Any]) -> Segment:
        kind, offset, length, checksum = place
        with _opened(self._path) as descriptor:
            if length > os.fstat(descriptor).st_size:
                raise DamagedError("cut short")
            data = os.pread(descriptor, length, self._base + offset)
        if len(data) != length or crc32(data) != checksum:
            raise DamagedError("segment damaged")
        return Segment(kind, data)

    def known(self, sources: Mapping[str, Source]) -> Known:
        """Give the listing and the families.

        Raises
        ------
        DamagedError
            If they are damaged, or other sources are installed now.
        """
        header = self._header
        if header["sources"] != sorted(sources):
            raise DamagedError("other sources")
        text = self._segment(header["names"]).data.decode("utf-8", "surrogateescape")
        names = text.split("\0") if text else []
        families = {}
        for family, source, place in header["families"]:
            rows = array("i")
            rows.frombytes(self._segment(place).data)
            families[family] = Family(sources[source] if source is not None else None, rows)
        return Known(names, self._segment(header["numbers"]).data, families)

    @property
    def held(self) -> list[str]:
        """The sources whose columns are here."""
        return list(self._header["groups"])

    def kept(self, source: str, fields: Collection[str] | None = None) -> Kept:
        """Give the columns of a source.

        Parameters
        ----------
        source : str
            One of `held`.
        fields : collection of str or None
            Only these, of those that are here; None for all that are here.
        """
        group = self._header["groups"][source]
        head = group["head"]
        count = head["count"]

        def columns(part: str, wanted: Collection[str] | None = None) -> dict[str, Sequence[Any]]:
            places = group[part]
            names = places if wanted is None else chosen(places, self.fields(source), wanted)
            return {name: decode(self._segment(places[name]), count) for name in names}

        places = columns("places")
        made = Columns(
            columns("keys"),
            columns("columns", fields),
            {"row": places["row"]},
            [Notice(*each) for each in head["notices"]],
            head["files"],
        )
        return Kept(self.fields(source), places["file"], made, head["settled"])

    def packed(self, source: str) -> Packed:
        """Give the columns of a source as the bytes they are."""
        group = self._header["groups"][source]
        parts = {
            part: {name: self._segment(place) for name, place in group[part].items()}
            for part in ("places", "keys", "columns")
        }
        return Packed(group["head"], parts)

    def fields(self, source: str) -> frozenset[str] | None:
        """Name the fields that were asked of a source."""
        known = self._header["groups"][source]["head"]["fields"]
        return None if known is None else frozenset(known)


def compose(
    identity: Mapping[str, Any], known: Known, sources: Iterable[str], groups: Mapping[str, Packed]
) -> list[bytes]:
    """Make the bytes of a file of the cache, in pieces; `Entry.load` has the parameters' meaning."""
    segments: list[bytes] = []
    offset = 0

    def place(segment: Segment) -> list[Any]:
        nonlocal offset
        segments.append(segment.data)
        offset += len(segment.data)
        return [segment.kind, offset - len(segment.data), len(segment.data), crc32(segment.data)]

    names = "\0".join(known.names).encode("utf-8", "surrogateescape")
    header = _identity(identity) | {
        "sources": sorted(sources),
        "names": place(Segment("names", names)),
        "numbers": place(Segment("numbers", known.numbers)),
        "families": [
            [
                name,
                each.source.name if each.source else None,
                place(Segment("rows", array("i", each.rows).tobytes())),
            ]
            for name, each in known.families.items()
        ],
        "groups": {
            source: {"head": packed.head}
            | {
                part: {name: place(segment) for name, segment in named.items()}
                for part, named in packed.parts.items()
            }
            for source, packed in groups.items()
        },
    }
    text = orjson.dumps(header)
    return [_MAGIC, _START.pack(len(text), crc32(text)), text, *segments]


def _header(path: str) -> tuple[dict[str, Any], int]:
    """Read the header, and where the segments begin."""
    with _opened(path) as descriptor:
        data = os.read(descriptor, _FIRST)
        if not data.startswith(_MAGIC) or len(data) < len(_MAGIC) + _START.size:
            raise DamagedError("another format")
        length, checksum = _START.unpack_from(data, len(_MAGIC))
        base = len(_MAGIC) + _START.size
        if length > os.fstat(descriptor).st_size:
            raise DamagedError("cut short")
        text = data[base : base + length]
        if len(text) < length:
            text += os.read(descriptor, length - len(text))
    if crc32(text) != checksum:
        raise DamagedError("header damaged")
    try:
        return orjson.loads(text), base + length
    except ValueError:  # nothing but zeros has a checksum of zero
        raise DamagedError("header damaged") from None


def described(path: str) -> tuple[dict[str, Any], int, int]:
    """Give the header of a file, how many files were listed and how many columns are kept.

    Raises
    ------
    DamagedError, OSError
        If it cannot be read.
    """
    header, _ = _header(path)
    listed: int = header["numbers"][2] // _BYTES_A_FILE
    return header, listed, sum(len(group["columns"]) for group in header["groups"].values())


def _identity(identity: Mapping[str, Any]) -> dict[str, Any]:
    return {"format": FORMAT, "byteorder": sys.byteorder, **identity}
