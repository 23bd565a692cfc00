"""Some fields of many small JSON objects, and nothing else: no dict is made, no other value is parsed.

Two parsers that agree to the last bit: msgspec reads only what is asked, three times as fast, and pays for
its import after some hundred files; orjson is there already. What either refuses is nobody's answer
here: the caller reads such a file whole, by the tolerant road.
"""

from __future__ import annotations

import contextlib
import gc
import os
import re
from array import array
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Final

from statkit.sources.base import Group, small_files
from statkit.sources.builder import MISSING, dig
from statkit.sources.progress import advance

#: Bytes to be read above which the faster parser repays its import.
WORTH_ITS_IMPORT: Final = 4 << 20


class _Absent:
    """Stands where a document lacks a field."""

    def __repr__(self) -> str:
        return "ABSENT"


#: What stands where a document lacks a field; null is None.
ABSENT: Final = _Absent()

Project = Callable[[bytes], tuple[Any, ...]]


def projector(names: Sequence[str], volume: int) -> Project:
    """Make the function that takes fields out of an object's bytes.

    Parameters
    ----------
    names : sequence of str
        Keys at depth 1, each once.
    volume : int
        Bytes that will be read by it, all together.

    Returns
    -------
    callable
        Takes the bytes of one document; gives the values in the order of the names, `ABSENT` for a key
        that is not there. Raises ValueError or RecursionError for what is no strict JSON object, or
        holds a number that no 64 bits hold among the asked fields.
    """
    fast = volume > WORTH_ITS_IMPORT and all(map(_FOR_MSGSPEC.fullmatch, names))
    return _with_msgspec(names) if fast else _with_orjson(names)


#: msgspec takes no quote, backslash, control character or half character in a key, and compares keys as
#: bytes: one that is no text never becomes U+FFFD.
_FOR_MSGSPEC: Final = re.compile(r'[^"\\\x00-\x1f\ud800-\udfff\ufffd]*')


def _with_msgspec(names: Sequence[str]) -> Project:
    import msgspec

    fields: list[Any] = [
        (f"f{place}", Any, msgspec.field(name=name, default=ABSENT)) for place, name in enumerate(names)
    ]
    shape = msgspec.defstruct("Projection", fields, gc=False, frozen=True)
    decode = msgspec.json.Decoder(shape).decode
    as_tuple = msgspec.structs.astuple

    def project(data: bytes) -> tuple[Any, ...]:
        try:
            return as_tuple(decode(data))
        except msgspec.MsgspecError as error:
            raise ValueError(str(error)) from None

    return project


def _with_orjson(names: Sequence[str]) -> Project:
    import orjson

    def project(data: bytes) -> tuple[Any, ...]:
        document = orjson.loads(data)
        if type(document) is not dict:
            raise ValueError("not an object")
        values = tuple([document.get(name, ABSENT) for name in names])
        for value in values:
            kind = type(value)
            if kind is float:
                if not -_LARGEST < value < _LARGEST:
                    raise ValueError("an integer beyond 64 bits, or a very large number")
            elif kind is list or kind is dict:
                _check(value)
        return values

    return project


def _check(value: Any) -> None:
    """Refuse numbers in a nested value that may have been integers beyond 64 bits."""
    waiting = [value]
    while waiting:
        each = waiting.pop()
        kind = type(each)
        if kind is dict:
            waiting.extend(each.values())
        elif kind is list:
            waiting.extend(each)
        elif kind is float and not -_LARGEST < each < _LARGEST:
            raise ValueError("an integer beyond 64 bits, or a very large number")


#: Integers up to here come out of orjson as integers.
_LARGEST: Final = 2.0**63


def projected(
    group: Group, names: Sequence[str], keys: Sequence[str]
) -> tuple[list[str], list[tuple[Any, ...]], list[str]]:
    """Take keys out of many small files.

    Parameters
    ----------
    group : Group
        The files.
    names : sequence of str
        Which of them, in order.
    keys : sequence of str
        The keys at depth 1.

    Returns
    -------
    read : list of str
        The names of the files that gave a row.
    rows : list of tuple
        Their values, in the order of the keys.
    refused : list of str
        The names of the others: not to be read, or no strict JSON object.
    """
    read: list[str] = []
    rows: list[tuple[Any, ...]] = []
    refused: list[str] = []
    if not names:
        return read, rows, refused
    project = projector(keys, len(names) * _size(os.path.join(group.directory, names[0])))
    try:
        with small_files(group.directory) as take, without_collector():
            for count, name in enumerate(names):
                if not count & _OFTEN:
                    advance(count, len(names), group.directory)
                try:
                    rows.append(project(take(name)))
                except (OSError, ValueError, RecursionError):
                    refused.append(name)
                    continue
                read.append(name)
    except OSError:  # the directory itself: each file will say so
        return [], [], list(names)
    return read, rows, refused


@contextlib.contextmanager
def without_collector() -> Iterator[None]:
    """Keep the search for cycles from running while many rows without any are made."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


_OFTEN: Final = 255


def _size(path: str) -> int:
    try:
        return os.stat(path).st_size
    except OSError:
        return 0


class Roots:
    """What to take from each document for some fields: keys at depth 1.

    Parameters
    ----------
    fields : sequence of str
        Fields as `statkit.records.flatten` names them.
    others : sequence of str
        Further keys at depth 1.

    Attributes
    ----------
    names : list of str
        The keys to take.
    """

    def __init__(self, fields: Sequence[str], others: Sequence[str] = ()) -> None:
        self._fields = {name: _roots(name) for name in fields}
        self.names = list(
            dict.fromkeys([root for roots in self._fields.values() for root in roots] + [*others])
        )

    def table(self, rows: Sequence[tuple[Any, ...]]) -> dict[str, Sequence[Any]]:
        """Turn rows of values in the order of `names` into columns."""
        columns = zip(*rows, strict=True) if rows else ((),) * len(self.names)
        return dict(zip(self.names, columns, strict=True))

    def ambiguous(self, table: dict[str, Sequence[Any]]) -> set[int]:
        """Find the rows where one field's name leads to two places: there the order in the file decides."""
        found: set[int] = set()
        for roots in self._fields.values():
            if len(roots) == 1:
                continue
            present = [table[root] for root in roots if not _is_absent(table[root])]
            if len(present) > 1:
                for row, values in enumerate(zip(*present, strict=True)):
                    if sum(value is not ABSENT for value in values) > 1:
                        found.add(row)
        return found

    def columns(self, table: dict[str, Sequence[Any]]) -> dict[str, Sequence[Any]]:
        """Make the fields: None where a document lacks one; no column where all do."""
        made: dict[str, Sequence[Any]] = {}
        for name, roots in self._fields.items():
            single = len(roots) == 1
            column = _plain(table[name]) if single else _dug(name, {r: table[r] for r in roots})
            if column is not None:
                made[name] = column
        return made


def _roots(name: str) -> list[str]:
    """``a.b.c`` may be the key itself, or lie below ``a`` or ``a.b``."""
    parts = name.split(".")
    return [".".join(parts[:count]) for count in range(len(parts), 0, -1)]


def _is_absent(column: Sequence[Any]) -> bool:
    return column.count(ABSENT) == len(column) if len(column) and column[0] is ABSENT else not len(column)


def _plain(column: Sequence[Any]) -> Sequence[Any] | None:
    if _is_absent(column):
        return None
    kinds = set(map(type, column))
    if kinds <= {_Absent, dict}:  # a map is no field, its members are
        return None
    if kinds.isdisjoint({_Absent, dict}):
        return _typed(column, kinds)
    return [None if type(value) in (_Absent, dict) else value for value in column]


def _typed(column: Sequence[Any], kinds: set[type]) -> Sequence[Any]:
    """Many numbers of one kind as an array, of which nobody need ask the kind again."""
    if len(column) >= _MANY:
        if kinds == {float}:
            return array("d", column)
        if kinds == {int}:
            try:
                return array("q", column)
            except OverflowError:  # beyond 64 bits
                pass
    return list(column)


_MANY: Final = 4096


def _dug(name: str, table: dict[str, Sequence[Any]]) -> list[Any] | None:
    present = {root: column for root, column in table.items() if not _is_absent(column)}
    if not present:
        return None
    found = [_follow(name, present, values) for values in zip(*present.values(), strict=True)]
    if all(value is MISSING for value in found):
        return None
    return [None if value is MISSING else value for value in found]


def _follow(name: str, roots: Iterable[str], values: Iterable[Any]) -> Any:
    return dig({r: v for r, v in zip(roots, values, strict=True) if v is not ABSENT}, name)
