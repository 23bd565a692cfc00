"""The JSON text of some records becomes lists of values, one a field.

msgspec reads only the fields asked for and agrees with the house's dialect on all that it accepts,
integers of any size included. Bare NaN and infinities are put in its reach first. What it still refuses
is for the tolerant road, where every record is a dict.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from statkit.json_text import NON_FINITE
from statkit.sources.projection import ABSENT

#: The key under which a writer of strict JSON names its non-finite numbers.
MARKS: Final = "non_finite"

_ABSENT: Final = type(ABSENT)
_NONE: Final = type(None)

# What bare tokens are read as: a list that no text holds without the byte 7F or its escape, that can be
# no key, and that is not JSON where the token stood inside a string.
_NAN: Final = (re.compile(rb"N(?=aN)aN"), b'["\x7f"]')
_INFINITY: Final = (re.compile(rb"I(?=n)nfinity"), b'["\x7f+"]')
_NEGATIVE: Final = (b'-["\x7f+"]', b'["\x7f-"]')
_BACK: Final = {"\x7f": math.nan, "\x7f+": math.inf, "\x7f-": -math.inf}
_ONLY_NAN: Final = ["\x7f"]
_LINE_MARK: Final = "\x7f~"
_LINE_ENDS: Final = re.compile(rb"[ \t\r]*\n\s*")
_BETWEEN_LINES: Final = b',"\x7f~",'

_Decode = Callable[[Any], list[Any]]


@dataclass(slots=True)
class Field:
    """The values of one field.

    Attributes
    ----------
    values : sequence
        One a record, None where it lacks the field; no maps.
    kinds : set of type
        The types of the values.
    """

    values: Sequence[Any]
    kinds: set[type]


class Decoder:
    """Reads some fields of many records.

    Parameters
    ----------
    names : iterable of str
        Keys at depth 1, each once, without quotes, backslashes and control characters.
    alone : bool
        Refuse records that have other keys.

    Raises
    ------
    ValueError
        If a name cannot be asked for.
    """

    def __init__(self, names: Iterable[str], *, alone: bool) -> None:
        import msgspec

        self._names = list(names)
        fields: list[Any] = [
            (f"f{place}", Any, msgspec.field(name=name, default=ABSENT))
            for place, name in enumerate(self._names)
        ]
        shape = msgspec.defstruct("Row", fields, gc=False, forbid_unknown_fields=alone)
        self._shape = shape
        self._decode: _Decode = msgspec.json.Decoder(list[shape]).decode  # type: ignore[valid-type]
        self._decode_marked: _Decode = msgspec.json.Decoder(list[shape | str | int]).decode  # type: ignore[valid-type]
        self._as_tuple = msgspec.structs.astuple
        self._refusals = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)
        self._bare = False

    def fields(self, text: memoryview | bytes, *, lines: bool = False) -> tuple[int, dict[str, Field]] | None:
        """Read a JSON list of objects, or lines of which each that is not blank is an object.

        Returns
        -------
        tuple of int and dict of str to Field, or None
            How many records, and the fields that one of them has. None where this road cannot promise
            the answer.
        """
        records = self._lines(text) if lines else self._records(text)
        if records is None:
            return None
        found: dict[str, Field] = {}
        columns = zip(*map(self._as_tuple, records), strict=True) if records else ()
        for name, values in zip(self._names, columns, strict=bool(records)):
            field = Field(values, set(map(type, values)))
            if list in field.kinds and self._bare and not _restore_tokens(field):
                return None
            if field.kinds != {_ABSENT}:
                found[name] = field
        marks = found.pop(MARKS, None)
        if marks is not None and not _restore_marks(marks.values, found):
            return None
        for field in found.values():
            if dict in field.kinds:
                return None
            if _ABSENT in field.kinds:
                field.values = [None if value is ABSENT else value for value in field.values]
                field.kinds = field.kinds - {_ABSENT} | {_NONE}
        return len(records), found

    def _records(self, text: memoryview | bytes) -> list[Any] | None:
        """Parse; once bare tokens were met, they are looked for at once."""
        records = None if self._bare else self._parsed(text, self._decode)
        if records is None:
            readable = _with_standins(bytes(text))
            records = None if readable is None else self._parsed(readable, self._decode)
            self._bare = records is not None
        return records

    def _lines(self, text: memoryview | bytes) -> list[Any] | None:
        """Parse lines as one list with a mark between them, which proves that each is one record."""
        data = bytes(text)
        if _is_ambiguous(data):
            return None
        for bare in (True,) if self._bare else (False, True):
            readable = _with_standins(data) or data if bare else data
            records = self._marked(readable)
            if records is None and b"\n" in (blank := _LINE_ENDS.sub(b"\n", readable.strip())):
                records = self._marked(blank)
            if records is not None:
                self._bare = bare
                return records
        return None

    def _marked(self, data: bytes) -> list[Any] | None:
        """Parse lines of which none is blank."""
        marked = data.replace(b"\n", _BETWEEN_LINES)
        breaks = (len(marked) - len(data)) // (len(_BETWEEN_LINES) - 1)
        ended = data.endswith(b"\n")
        elements = self._parsed(b"".join((b"[", marked, b"0]" if ended else b"]")), self._decode_marked)
        if elements is None:
            return None
        if ended:
            elements.pop()
        records, marks = elements[::2], elements[1::2]
        sound = marks == [_LINE_MARK] * breaks
        return records if sound and set(map(type, records)) <= {self._shape} else None

    def _parsed(self, text: memoryview | bytes, decode: _Decode) -> list[Any] | None:
        try:
            return decode(text)
        except self._refusals:
            return None


def _is_ambiguous(text: bytes) -> bool:
    """Tell whether text holds the byte 7F, as it is or escaped; single bytes are found fastest."""
    return b"\x7f" in text or (b"\\" in text and b"\\u007" in text)


def _with_standins(data: bytes) -> bytes | None:
    """Put lists where bare tokens stand; None where the text may hold such lists of its own."""
    if _is_ambiguous(data):
        return None
    pieces = data.split(b"N")
    if pieces[1::2].count(b"a") == len(pieces) // 2 and len(pieces) % 2:  # every N is one of a NaN
        data = _NAN[1].join(pieces[::2])
    else:
        data = _NAN[0].sub(_NAN[1], data)
    if b"I" in data:
        data = _INFINITY[0].sub(_INFINITY[1], data).replace(*_NEGATIVE)
    return data


def _restore_tokens(field: Field) -> bool:
    """Put the numbers back; False where one stands inside another value."""
    if field.values.count(_ONLY_NAN) == len(field.values):
        field.values, field.kinds = [math.nan] * len(field.values), {float}
        return True
    restored = [_BACK.get(value[0], value) if _is_standin(value) else value for value in field.values]
    field.values, field.kinds = restored, set(map(type, restored))
    return field.kinds.isdisjoint({list, dict}) or not any(
        "\x7f" in repr(value) or "\\x7f" in repr(value) for value in _different(restored)
    )


def _is_standin(value: Any) -> bool:
    return type(value) is list and len(value) == 1 and type(value[0]) is str and value[0] in _BACK


def _different(values: Sequence[Any]) -> list[Any]:
    """Lists and maps among values, without those equal to the first."""
    nested = [value for value in values if type(value) in (list, dict)]
    return nested[:1] + [value for value in nested if value != nested[0]]


def _restore_marks(marks: Sequence[Any], found: Mapping[str, Field]) -> bool:
    """Put numbers back where the records' own ``non_finite`` maps say; False where that is not simple."""
    lists = {name: list(field.values) for name, field in found.items() if _NONE in field.kinds}
    for row, named in enumerate(marks):
        if named is ABSENT:
            continue
        if type(named) is not dict or not all(type(m) is str and m in NON_FINITE for m in named.values()):
            return False
        for name, mark in named.items():
            values = lists.get(name)
            if values is not None and values[row] is None:
                values[row] = NON_FINITE[mark]
            elif (name not in found or found[name].values[row] is ABSENT) and _leads_into(name, found):
                return False
    for name, values in lists.items():
        found[name].values, found[name].kinds = values, set(map(type, values))
    return True


def _leads_into(path: str, found: Mapping[str, Field]) -> bool:
    return any(path.startswith(name + ".") for name in found)
